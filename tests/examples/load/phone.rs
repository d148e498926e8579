//! Phones and gates as the load needs them: their requests, without what a real phone checks.

use std::{error::Error, io, net::SocketAddr, sync::Arc, time::Duration};

use jiff::Timestamp;
use liangma_credential::Hour;
use liangma_crypto::{Randomness as _, SigningKey, Suite, SystemRandomness};
use liangma_platform::sandbox::SandboxPerson;
use liangma_wire::{
    application::{APPLICATIONS_PATH, ApplicationResponse},
    bytes::FixedBytes,
    code::{MAKE_CODE_PATH, MakeCodeRequest},
    consent::CONSENTS_PATH,
    counter::{
        COUNTER_APPROVALS_PATH, COUNTER_HANDLES_PATH, COUNTER_LOGIN_CODES_PATH,
        CounterHandleResponse, CounterLoginCodeResponse,
    },
    login::{
        LOGIN_COMPLETE_PATH, LOGIN_START_PATH, LoginCompleteResponse, LoginStartResponse,
        enrolment_message,
    },
    signed_request::{
        NEXT_NONCE_HEADER, NONCE_HEADER, NONCE_PATH, Nonce, NonceResponse, SESSION_HEADER,
        SIGNATURE_HEADER, signing_message,
    },
};
use serde_json::{Value, json};

use crate::client::{Answer, Client};

type Outcome<T> = Result<T, Box<dyn Error>>;

pub(crate) const HOURS: u32 = 24;
/// How long the register may take to compare, and how often it is waited for.
const COMPARING: Duration = Duration::from_millis(200);
const COMPARISONS: u32 = 20;
const JSON: (&str, &str) = ("content-type", "application/json");

/// Somebody who signs requests: a phone, or the counter.
pub(crate) struct Signer {
    key: Arc<SigningKey>,
    session: String,
    nonce: Option<Nonce>,
    pub(crate) client: Client,
}

impl Signer {
    /// A second connection of the same device.
    pub(crate) fn again(&self, address: SocketAddr) -> Self {
        Self {
            key: self.key.clone(),
            session: self.session.clone(),
            nonce: None,
            client: Client::new(address),
        }
    }

    /// Sends a signed request. The next nonce comes with each answer.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        media_type: &str,
        idempotency: Option<&str>,
        body: &[u8],
    ) -> io::Result<Answer> {
        let unreadable = || io::Error::from(io::ErrorKind::InvalidData);
        let nonce = match self.nonce.take() {
            Some(nonce) => nonce,
            None => {
                let answer = self.client.ask("POST", NONCE_PATH, &[], &[]).await?;
                if answer.status != 200 {
                    return Ok(answer);
                }
                let read: Result<NonceResponse, _> = serde_json::from_slice(&answer.body);
                read.map_err(|_| unreadable())?.nonce
            }
        };
        let message = signing_message("POST", path, body, &self.session, &nonce);
        let signature = self.key.sign(&message).map_err(|_| unreadable())?;
        let (nonce, signature) = (nonce.0.to_text(), FixedBytes(signature).to_text());
        let mut headers = vec![
            ("content-type", media_type),
            (SESSION_HEADER, &self.session),
            (NONCE_HEADER, &nonce),
            (SIGNATURE_HEADER, &signature),
        ];
        if let Some(key) = idempotency {
            headers.push(("idempotency-key", key));
        }
        let answer = self.client.ask("POST", path, &headers, body).await?;
        self.keep_next_nonce(&answer);
        Ok(answer)
    }

    /// Sends the last request once more after it was given up: nothing was done, and its nonce is unspent.
    /// Drawing and signing anew would take the processor that the platform shares with this client.
    pub(crate) async fn post_again(&mut self) -> io::Result<Answer> {
        let answer = self.client.ask_again().await?;
        self.keep_next_nonce(&answer);
        Ok(answer)
    }

    /// Whether the last request was a signed one and was answered: then the next nonce came with it.
    pub(crate) fn has_nonce(&self) -> bool {
        self.nonce.is_some()
    }

    fn keep_next_nonce(&mut self, answer: &Answer) {
        let next = answer.header(NEXT_NONCE_HEADER);
        self.nonce = next.and_then(FixedBytes::from_text).map(Nonce);
    }

    async fn json<T: serde::de::DeserializeOwned>(
        &mut self,
        path: &str,
        body: &Value,
    ) -> Outcome<T> {
        let answer = self
            .post(path, JSON.1, None, body.to_string().as_bytes())
            .await?;
        read(path, &answer)
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &str, answer: &Answer) -> Outcome<T> {
    if answer.status == 200 {
        return Ok(serde_json::from_slice(&answer.body)?);
    }
    let text = String::from_utf8_lossy(&answer.body);
    Err(format!("{path} answered {}: {text}", answer.status).into())
}

/// The counter, which verifies devices without a face check.
pub(crate) fn counter(address: SocketAddr, key: Arc<SigningKey>) -> Signer {
    Signer {
        key,
        session: "principal:counter-1".to_owned(),
        nonce: None,
        client: Client::new(address),
    }
}

/// A verified device.
pub(crate) struct Phone {
    pub(crate) signer: Signer,
    pub(crate) authorization: String,
}

impl Phone {
    /// Logs a person in and verifies the device, both at the counter.
    pub(crate) async fn verified(
        address: SocketAddr,
        counter: &mut Signer,
        person: &SandboxPerson,
    ) -> Outcome<Self> {
        let key = Arc::new(SigningKey::generate(Suite::P256, &SystemRandomness)?);
        let mut client = Client::new(address);
        let body = json!({
            "name": person.name,
            "document_type": person.document_type,
            "document_number": person.document_number,
            "phone": person.phone,
            "device_key": FixedBytes::<65>(key.public_key().bytes().try_into()?),
            "channel": "counter",
        });
        let answer = client
            .ask(
                "POST",
                LOGIN_START_PATH,
                &[JSON],
                body.to_string().as_bytes(),
            )
            .await?;
        let started: LoginStartResponse = read(LOGIN_START_PATH, &answer)?;
        let document = json!({
            "attempt": started.attempt,
            "document_type": person.document_type,
            "document_number": person.document_number,
        });
        // The comparison with the register goes on after the answer.
        let mut tries = 0;
        let code: CounterLoginCodeResponse = loop {
            tokio::time::sleep(COMPARING).await;
            tries += 1;
            match counter.json(COUNTER_LOGIN_CODES_PATH, &document).await {
                Ok(code) => break code,
                Err(error) if tries == COMPARISONS => return Err(error),
                Err(_) => {}
            }
        };
        let proof = key.sign(&enrolment_message(&started.attempt, code.code.expose()))?;
        let body = json!({
            "attempt": started.attempt,
            "code": code.code.expose(),
            "proof": FixedBytes(proof),
        });
        let answer = client
            .ask(
                "POST",
                LOGIN_COMPLETE_PATH,
                &[JSON],
                body.to_string().as_bytes(),
            )
            .await?;
        let login: LoginCompleteResponse = read(LOGIN_COMPLETE_PATH, &answer)?;
        let mut signer = Signer {
            key,
            session: login.session.0.to_text(),
            nonce: None,
            client,
        };
        for purpose in ["health_code", "trip_declaration"] {
            let consent =
                json!({"purpose": purpose, "text_version": 1, "language": "zh-CN", "given": true});
            let _recorded: Value = signer.json(CONSENTS_PATH, &consent).await?;
        }
        let answer = signer.post(APPLICATIONS_PATH, "", None, &[]).await?;
        let application: ApplicationResponse = read(APPLICATIONS_PATH, &answer)?;
        let handle: CounterHandleResponse = signer
            .json(
                COUNTER_HANDLES_PATH,
                &json!({"application": application.application}),
            )
            .await?;
        let approval = json!({
            "reference": {"handle": handle.handle},
            "document_type": person.document_type,
            "document_number": person.document_number,
        });
        let _approved: Value = counter.json(COUNTER_APPROVALS_PATH, &approval).await?;
        Ok(Self {
            signer,
            authorization: format!("Bearer {}", login.read_token.0.to_text()),
        })
    }
}

/// A refresh for which all hours have to be signed: each begins a strip of its own. The anchors are drawn,
/// so that each is found again afterwards.
pub(crate) struct Refresh {
    pub(crate) first_anchor: [u8; 16],
    pub(crate) body: Vec<u8>,
}

impl Refresh {
    pub(crate) fn new() -> Outcome<Self> {
        let mut key = [0; 16];
        SystemRandomness.fill(&mut key)?;
        let mut anchors = vec![0; HOURS as usize * 16];
        SystemRandomness.fill(&mut anchors)?;
        let first = Hour::of(Timestamp::now()).0;
        let mut first_anchor = [0; 16];
        first_anchor.copy_from_slice(&anchors[..16]);
        let body = minicbor::to_vec(MakeCodeRequest {
            first_recall_key: Some(key),
            strip_begins: first,
            first_hour: first,
            anchors,
        })?;
        Ok(Self { first_anchor, body })
    }

    pub(crate) async fn send(&self, signer: &mut Signer) -> io::Result<Answer> {
        signer
            .post(MAKE_CODE_PATH, "application/cbor", None, &self.body)
            .await
    }
}

/// A login of somebody whom the register does not know, from an address of their own.
pub(crate) struct Stranger {
    body: String,
    address: String,
}

impl Stranger {
    pub(crate) fn new(number: u32, device: &SigningKey) -> Outcome<Self> {
        let [_, b, c, d] = number.to_be_bytes();
        let body = json!({
            "name": "无名氏",
            "document_type": "resident_identity",
            "document_number": identity_number(number),
            "phone": format!("139{:08}", number % 100_000_000),
            "device_key": FixedBytes::<65>(device.public_key().bytes().try_into()?),
            "channel": "sms",
        });
        Ok(Self {
            body: body.to_string(),
            address: format!("10.{b}.{c}.{d}"),
        })
    }

    pub(crate) async fn send(&self, client: &mut Client) -> io::Result<Answer> {
        let headers = [JSON, ("x-forwarded-for", &*self.address)];
        client
            .ask("POST", LOGIN_START_PATH, &headers, self.body.as_bytes())
            .await
    }
}

/// A number of the form of GB 11643, with its check digit.
fn identity_number(number: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (year, month, day) = (
        1950 + number / 336_000 % 50,
        1 + number / 28_000 % 12,
        1 + number / 1000 % 28,
    );
    let digits = format!("110105{year:04}{month:02}{day:02}{:03}", number % 1000);
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    format!("{digits}{}", char::from(check))
}
