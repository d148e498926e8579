//! One operation of the interface: where it is, who answers, and what may be sent and answered. The
//! router and the interface document are both made from these, so that neither can say another thing.

use std::sync::Arc;

use axum::{
    handler::Handler,
    routing::{MethodRouter, get, post},
};
use liangma_wire::problem::ProblemCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::platform::Platform;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Anybody.
    Anyone,
    /// Whoever holds a read token.
    Reader,
    /// A device that is logged in; it signs the request.
    Device,
    /// Somebody with a duty; they sign the request.
    Principal,
    /// An authority; the body is signed and names it.
    Authority,
}

/// Writes the schema of a type.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What an operation takes.
#[derive(Clone, Copy)]
pub(super) enum Taken {
    /// Nothing; a body that comes nevertheless counts into the signature alone.
    Nothing,
    /// JSON.
    Json(SchemaOf),
    /// A CBOR map.
    Cbor(SchemaOf),
    /// Bytes in an encoding that the protocol document gives, and what the payload is as JSON.
    Signed(&'static str, SchemaOf),
}

/// What an operation answers.
#[derive(Clone, Copy)]
pub(super) enum Answered {
    /// Nothing but problems: the operation comes in a later release.
    NotYet,
    /// A word for machines that watch.
    Text,
    /// JSON.
    Json(SchemaOf),
    /// A CBOR map.
    Cbor(SchemaOf),
    /// Bytes that the protocol document describes, which proxies may keep.
    Public(&'static str),
    /// This document.
    Document,
}

/// A step that goes on from an answer.
pub(super) struct Link {
    /// The operation that comes next.
    pub(super) to: &'static str,
    /// What it takes from the answer: runtime expressions in the place of values.
    pub(super) body: Option<Value>,
    /// Why one would.
    pub(super) about: &'static str,
}

/// One operation.
pub(super) struct Operation {
    pub(super) id: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) router: MethodRouter<Arc<Platform>>,
    /// The name in GB/T 38963, where it has one.
    pub(super) standard: Option<&'static str>,
    pub(super) group: &'static str,
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    pub(super) caller: Caller,
    pub(super) takes: Taken,
    pub(super) answers: Answered,
    /// Parameters, as OpenAPI writes them.
    pub(super) parameters: Vec<Value>,
    pub(super) refuses: Vec<ProblemCode>,
    pub(super) links: Vec<Link>,
}

impl Operation {
    fn new(
        id: &'static str,
        method: &'static str,
        path: &'static str,
        router: MethodRouter<Arc<Platform>>,
    ) -> Self {
        Self {
            id,
            method,
            path,
            router,
            standard: None,
            group: "",
            summary: "",
            about: "",
            caller: Caller::Anyone,
            takes: Taken::Nothing,
            answers: Answered::NotYet,
            parameters: Vec::new(),
            refuses: Vec::new(),
            links: Vec::new(),
        }
    }

    pub(super) fn get<H, T>(id: &'static str, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Platform>>,
        T: 'static,
    {
        Self::new(id, "get", path, get(handler))
    }

    pub(super) fn post<H, T>(id: &'static str, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Platform>>,
        T: 'static,
    {
        Self::new(id, "post", path, post(handler))
    }

    /// The name of the operation in GB/T 38963, in English and Chinese.
    pub(super) fn standard(mut self, name: &'static str) -> Self {
        self.standard = Some(name);
        self
    }

    /// What it does, in a line and in full.
    pub(super) fn about(mut self, summary: &'static str, about: &'static str) -> Self {
        (self.summary, self.about) = (summary, about);
        self
    }

    pub(super) fn group(mut self, group: &'static str) -> Self {
        self.group = group;
        self
    }

    pub(super) fn by(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    pub(super) fn takes<T: JsonSchema>(mut self) -> Self {
        self.takes = Taken::Json(schema_of::<T>);
        self
    }

    pub(super) fn takes_cbor<T: JsonSchema>(mut self) -> Self {
        self.takes = Taken::Cbor(schema_of::<T>);
        self
    }

    pub(super) fn takes_signed<T: JsonSchema>(mut self, about: &'static str) -> Self {
        self.takes = Taken::Signed(about, schema_of::<T>);
        self
    }

    pub(super) fn answers<T: JsonSchema>(mut self) -> Self {
        self.answers = Answered::Json(schema_of::<T>);
        self
    }

    pub(super) fn answers_cbor<T: JsonSchema>(mut self) -> Self {
        self.answers = Answered::Cbor(schema_of::<T>);
        self
    }

    pub(super) fn answers_with(mut self, answered: Answered) -> Self {
        self.answers = answered;
        self
    }

    pub(super) fn parameter(mut self, parameter: Value) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// The problems that are this operation's own; those of its caller and body are added to them.
    pub(super) fn refuses(mut self, problems: &[ProblemCode]) -> Self {
        self.refuses.extend_from_slice(problems);
        self
    }

    pub(super) fn leads_to(
        mut self,
        to: &'static str,
        about: &'static str,
        body: Option<Value>,
    ) -> Self {
        self.links.push(Link { to, body, about });
        self
    }

    /// Every problem that can be answered: of this operation, of its caller and of its body.
    pub(super) fn problems(&self) -> Vec<ProblemCode> {
        let of_caller: &[ProblemCode] = match self.caller {
            Caller::Anyone => &[],
            Caller::Reader => &[ProblemCode::SessionEnded],
            Caller::Device => &[
                ProblemCode::SignatureMissing,
                ProblemCode::SessionEnded,
                ProblemCode::SignatureInvalid,
                ProblemCode::NonceNotAccepted,
                ProblemCode::TooLarge,
            ],
            Caller::Principal => &[
                ProblemCode::SignatureMissing,
                ProblemCode::PrincipalUnknown,
                ProblemCode::SignatureInvalid,
                ProblemCode::NonceNotAccepted,
                ProblemCode::PrincipalNotAllowed,
                ProblemCode::TooLarge,
            ],
            Caller::Authority => &[
                ProblemCode::PrincipalUnknown,
                ProblemCode::EvidenceSignatureInvalid,
                ProblemCode::PrincipalNotAllowed,
            ],
        };
        let of_body: &[ProblemCode] = match self.takes {
            Taken::Nothing => &[],
            Taken::Json(_) | Taken::Cbor(_) | Taken::Signed(..) => &[
                ProblemCode::MalformedRequest,
                ProblemCode::TooLarge,
                ProblemCode::UnsupportedMediaType,
            ],
        };
        let of_all = [
            ProblemCode::TooSlow,
            ProblemCode::Overloaded,
            ProblemCode::Busy,
            ProblemCode::Internal,
        ];
        let mut problems = [self.refuses.as_slice(), of_caller, of_body, &of_all].concat();
        problems.sort_by_key(|code| (code.status(), code.code()));
        problems.dedup();
        problems
    }
}
