//! A small platform over real HTTP: real keys, real signatures, and faults on demand.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Bytes as Body, HttpBody as _},
    extract::{Request, State as Shared},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use liangma_credential::{
    Claims, Credential, FileHeader, FileName, Hour, Issuer, IssuerList, IssuerUse, Kind, NamedFile,
    RecallKey, Role, RootFile, SignedFile, StampedFile, TimeStatement, TimestampFile,
};
use liangma_crypto::{PublicKey, SigningKey, Suite, sha256, testing::SeededRandomness};
use liangma_domain::{
    colour::Colour,
    identity::DocumentType,
    mask::{MaskedDocument, MaskedName},
    profile::{RegionProfile, built_in_profile},
    rules::Evaluation,
    tiles::Tiles,
};
use liangma_terminal::testing::ManualClocks;
use liangma_wire::{
    application::{APPLICATIONS_PATH, ApplicationId, ApplicationResponse, ApplicationState},
    bytes::{Bytes, FixedBytes},
    code::{MAKE_CODE_PATH, MakeCodeRequest, MakeCodeResponse},
    consent::{CONSENTS_PATH, ConsentRecord, ConsentRequest, ConsentsResponse},
    counter::{COUNTER_HANDLES_PATH, CounterHandleResponse},
    declaration::{
        CORRECT_PATH, DECLARE_HEALTH_PATH, DECLARE_TRIP_PATH, DeclarationId, DeclarationResponse,
        HealthResponse, QUERY_PATH,
    },
    device::{
        DEVICES_PATH, DeviceId, DeviceNotice, DeviceNoticeKind, DeviceStanding, DeviceView,
        DevicesResponse,
    },
    face::{
        FACE_REDEEM_PATH, FACE_TICKETS_PATH, FaceOutcome, FaceRedeemRequest, FaceRedeemResponse,
        FaceTicketRequest, FaceTicketResponse, TicketId,
    },
    login::{
        AttemptId, LOGIN_COMPLETE_PATH, LOGIN_START_PATH, LoginCompleteRequest,
        LoginCompleteResponse, LoginStartRequest, LoginStartResponse, ReadToken, SessionId,
        enrolment_message,
    },
    personal::Personal,
    problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode},
    signed_request::{
        IDEMPOTENCY_HEADER, NEXT_NONCE_HEADER, NONCE_HEADER, NONCE_PATH, Nonce, NonceResponse,
        SESSION_HEADER, SIGNATURE_HEADER, signing_message,
    },
    trust::{
        CBOR_MEDIA_TYPE, ISSUERS_PATH, PROFILE_PATH, ROOT_PATH, TIME_PATH, TIMESTAMP_PATH,
        TimeRequest, TimeResponse,
    },
};

pub(crate) const PROFILE: &str = "zhejiang-2020";
pub(crate) const LOGIN_CODE: &str = "246810";
pub(crate) const HANDLE: [u8; 32] = [8; 32];

type Answer = Result<Vec<u8>, ProblemCode>;

/// The keys of the deployment.
struct Keys {
    profile: SigningKey,
    live: SigningKey,
}

/// The keys that each root names anew.
struct RootKeys {
    root: [SigningKey; 2],
    timestamp: SigningKey,
    issuers: SigningKey,
}

impl RootKeys {
    fn of(version: u32) -> Self {
        let seed = |number| match version {
            1 => number,
            version => u64::from(version) * 100 + number,
        };
        Self {
            root: [key(seed(1)), key(seed(2))],
            timestamp: key(seed(3)),
            issuers: key(seed(4)),
        }
    }
}

struct Strip {
    begins: u32,
    first_key: [u8; 16],
    hours: BTreeMap<u32, Vec<u8>>,
}

/// What a test looks at and turns.
pub(crate) struct State {
    pub(crate) now: Timestamp,
    pub(crate) colour: Colour,
    pub(crate) health_version: u64,
    pub(crate) application: Option<ApplicationState>,
    pub(crate) standing: DeviceStanding,
    pub(crate) notices: Vec<DeviceNotice>,
    /// Writes by idempotency key: path and body.
    pub(crate) writes: HashMap<String, (String, Vec<u8>)>,
    /// How often each path was asked for.
    pub(crate) asked: HashMap<String, usize>,
    /// Bytes of the last exchange for each path: lines, headers and bodies both ways.
    pub(crate) exchanged: HashMap<String, usize>,
    /// The work is done and the answer lost, so often, for this path.
    pub(crate) lose_answers: Option<(String, usize)>,
    /// The work is done and answered in a form that nobody agreed on, for this path.
    pub(crate) garble: Option<String>,
    /// So long the word for the time is on its way to the phone with these clocks.
    pub(crate) slow_time: Option<(Arc<ManualClocks>, Duration)>,
    /// Emergency mode: no hour after this one is signed.
    pub(crate) last_hour: Option<u32>,
    /// Signs with a key that nobody trusts.
    pub(crate) forge: bool,
    /// What redeeming a face check answers.
    pub(crate) face: Result<FaceOutcome, ProblemCode>,
    pub(crate) verifier_fits: Option<bool>,
    pub(crate) time_is_forged: bool,
    pub(crate) correction: ProblemCode,
    device_key: Option<PublicKey>,
    challenge: Option<[u8; 32]>,
    nonces: HashSet<[u8; 36]>,
    counter: u64,
    strip: Option<Strip>,
    used_first_keys: HashSet<[u8; 16]>,
}

pub(crate) struct Platform {
    keys: Keys,
    /// The version of the root in force.
    root_version: AtomicU32,
    /// The version that the newest root is said to have, where that is a lie.
    pub(crate) boasts: AtomicU32,
    state: Mutex<State>,
    pub(crate) url: String,
}

fn header(now: Timestamp, version: u32) -> FileHeader {
    let issued = u32::try_from(now.as_second()).unwrap();
    FileHeader {
        version,
        issued,
        expires: issued + 3650 * 86_400,
    }
}

fn key(seed: u64) -> SigningKey {
    SigningKey::generate(Suite::Ed25519, &SeededRandomness::new(seed)).unwrap()
}

pub(crate) fn start() -> Timestamp {
    "2022-04-01T00:00:07Z".parse().unwrap()
}

impl Platform {
    pub(crate) async fn serve() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let platform = Arc::new(Self {
            keys: Keys {
                profile: key(5),
                live: key(6),
            },
            root_version: AtomicU32::new(1),
            boasts: AtomicU32::new(0),
            state: Mutex::new(State {
                now: start(),
                colour: Colour::GREEN,
                health_version: 1,
                application: None,
                standing: DeviceStanding::Unverified,
                notices: Vec::new(),
                writes: HashMap::new(),
                asked: HashMap::new(),
                exchanged: HashMap::new(),
                lose_answers: None,
                garble: None,
                slow_time: None,
                last_hour: None,
                forge: false,
                face: Ok(FaceOutcome::Passed),
                verifier_fits: None,
                time_is_forged: false,
                correction: ProblemCode::NotYet,
                device_key: None,
                challenge: None,
                nonces: HashSet::new(),
                counter: 0,
                strip: None,
                used_first_keys: HashSet::new(),
            }),
            url,
        });
        let router = platform.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        platform
    }

    /// The platform, to be served in another way besides.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The root that an installation is given.
    pub(crate) fn root(&self) -> Vec<u8> {
        self.root_of(1, 1)
    }

    /// Puts the next root in force, with other keys of the root, the time stamp and the issuers.
    pub(crate) fn change_root(&self) {
        self.root_version.fetch_add(1, Ordering::SeqCst);
    }

    fn version(&self) -> u32 {
        self.root_version.load(Ordering::SeqCst)
    }

    fn root_keys(&self) -> RootKeys {
        RootKeys::of(self.version())
    }

    /// The root with a version, signed by the keys of the one before too.
    fn root_of(&self, version: u32, said: u32) -> Vec<u8> {
        let of = |role, keys: &[&SigningKey]| {
            (role, 1, keys.iter().map(|key| *key.public_key()).collect())
        };
        let (keys, before) = (
            RootKeys::of(version),
            RootKeys::of(version.saturating_sub(1).max(1)),
        );
        let [first, second] = &keys.root;
        let root = RootFile::new(
            header(start(), said),
            &[
                of(Role::Root, &[first, second]),
                of(Role::Timestamp, &[&keys.timestamp]),
                of(Role::Issuers, &[&keys.issuers]),
                of(Role::Profile, &[&self.keys.profile]),
            ],
        );
        let mut signers = vec![first, second];
        if version > 1 {
            signers.extend(&before.root);
        }
        SignedFile::sign(Role::Root, root.encode(), &signers)
            .unwrap()
            .encode()
    }

    fn newest_root(&self) -> Vec<u8> {
        let version = self.version();
        match self.boasts.load(Ordering::SeqCst) {
            0 => self.root_of(version, version),
            boast => self.root_of(version, boast),
        }
    }

    fn numbered_root(&self, number: &str) -> Answer {
        let asked: u32 = number.parse().unwrap();
        if asked <= self.version() {
            Ok(self.root_of(asked, asked))
        } else {
            Err(ProblemCode::NotFound)
        }
    }

    fn issuers(&self) -> SignedFile {
        let profile = RegionProfile::parse(built_in_profile(PROFILE).unwrap()).unwrap();
        let list = IssuerList {
            header: header(start(), self.version()),
            issuers: vec![Issuer {
                key: *self.keys.live.public_key(),
                key_use: IssuerUse::Live,
                region: profile.region().clone(),
                profile: profile.name().clone(),
                valid_from: Hour(0),
                valid_until: Hour(u32::MAX),
                sandbox: true,
                standby: false,
            }],
        };
        SignedFile::sign(Role::Issuers, list.encode(), &[&self.root_keys().issuers]).unwrap()
    }

    fn profile(&self) -> SignedFile {
        let file = NamedFile {
            header: header(start(), 1),
            name: PROFILE.to_owned(),
            body: built_in_profile(PROFILE).unwrap().to_vec(),
        };
        SignedFile::sign(Role::Profile, file.encode(), &[&self.keys.profile]).unwrap()
    }

    fn timestamp(&self, now: Timestamp) -> Vec<u8> {
        let stamped = |file, version, signed: &SignedFile| StampedFile {
            file,
            version,
            payload_hash: signed.payload_hash(),
        };
        // One each minute, as one version is one file.
        let minutes = now.duration_since(start()).as_mins().max(0);
        let issued = start() + SignedDuration::from_mins(minutes);
        let file = TimestampFile {
            header: header(issued, 1 + u32::try_from(minutes).unwrap()),
            files: vec![
                stamped(FileName::of(Role::Issuers), self.version(), &self.issuers()),
                stamped(FileName::named(Role::Profile, PROFILE), 1, &self.profile()),
            ],
        };
        SignedFile::sign(
            Role::Timestamp,
            file.encode(),
            &[&self.root_keys().timestamp],
        )
        .unwrap()
        .encode()
    }

    /// Everything that a checker needs.
    pub(crate) fn checker_files(&self) -> Vec<Vec<u8>> {
        let now = self.state().now;
        vec![
            self.timestamp(now),
            self.issuers().encode(),
            self.profile().encode(),
        ]
    }

    /// Changes the colour; a worsening recalls the strip.
    pub(crate) fn recolour(&self, colour: Colour, worse: bool) {
        let mut state = self.state();
        state.colour = colour;
        state.health_version += 1;
        if worse {
            state.strip = None;
            let at = state.now;
            state.notices.push(DeviceNotice {
                kind: DeviceNoticeKind::StripRecalled,
                at,
            });
        }
    }

    fn handle(&self, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
        let mut state = self.state();
        *state.asked.entry(path.to_owned()).or_default() += 1;
        match (method.as_str(), path) {
            ("GET", ROOT_PATH) => Ok(self.newest_root()),
            ("GET", numbered) if numbered.starts_with("/v1/trust/root/") => {
                self.numbered_root(&numbered["/v1/trust/root/".len()..])
            }
            ("GET", ISSUERS_PATH) => Ok(self.issuers().encode()),
            ("GET", PROFILE_PATH) => Ok(self.profile().encode()),
            ("GET", TIMESTAMP_PATH) => Ok(self.timestamp(state.now)),
            ("POST", TIME_PATH) => {
                let request: TimeRequest = read(body);
                let statement = TimeStatement {
                    time: state.now,
                    nonce: request.nonce.0,
                    sandbox: true,
                };
                if let Some((clocks, on_its_way)) = state.slow_time.clone() {
                    clocks.pass(on_its_way);
                    state.now += on_its_way;
                }
                let keys = self.root_keys();
                let key = if state.time_is_forged {
                    &self.keys.live
                } else {
                    &keys.timestamp
                };
                json(&TimeResponse {
                    statement: Bytes(statement.sign(key).unwrap()),
                })
            }
            ("POST", NONCE_PATH) => json(&NonceResponse {
                nonce: state.nonce(),
            }),
            ("POST", LOGIN_START_PATH) => {
                let request: LoginStartRequest = read(body);
                let number = request.document_number.expose();
                assert!(["11010519491231002X", "H12345678"].contains(&number.as_str()));
                state.device_key =
                    Some(PublicKey::new(Suite::P256, &request.device_key.0).unwrap());
                json(&LoginStartResponse {
                    attempt: AttemptId(FixedBytes([1; 16])),
                    expires_at: state.now + SignedDuration::from_secs(300),
                    code_digits: 6,
                    tries: 5,
                })
            }
            ("POST", LOGIN_COMPLETE_PATH) => state.login_complete(&read(body)),
            ("GET", _) => {
                let token = format!("Bearer {}", FixedBytes([3; 32]).to_text());
                if headers
                    .get(header::AUTHORIZATION)
                    .is_none_or(|value| *value != *token)
                {
                    return Err(ProblemCode::SessionEnded);
                }
                state.read(path)
            }
            _ => {
                state.check_signature(path, headers, body)?;
                self.signed(&mut state, path, headers, body)
            }
        }
    }

    fn signed(&self, state: &mut State, path: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
        match path {
            CONSENTS_PATH | DECLARE_HEALTH_PATH | DECLARE_TRIP_PATH => {
                let key = headers[IDEMPOTENCY_HEADER].to_str().unwrap().to_owned();
                let write = (path.to_owned(), body.to_vec());
                let before = state.writes.entry(key).or_insert_with(|| write.clone());
                assert_eq!(*before, write, "one key, one write");
                if path == CONSENTS_PATH {
                    let consent: ConsentRequest = read(body);
                    return json(&ConsentsResponse {
                        consents: vec![ConsentRecord {
                            purpose: consent.purpose,
                            text_version: consent.text_version,
                            language: consent.language,
                            given: consent.given,
                            recorded_at: state.now,
                        }],
                    });
                }
                json(&DeclarationResponse {
                    declaration: DeclarationId(FixedBytes([1; 8])),
                    recorded_at: state.now,
                })
            }
            CORRECT_PATH => Err(state.correction),
            APPLICATIONS_PATH => {
                assert!(body.is_empty());
                let progress = *state
                    .application
                    .get_or_insert(ApplicationState::NeedsVerification);
                json(&ApplicationResponse {
                    application: ApplicationId(FixedBytes([4; 16])),
                    state: progress,
                })
            }
            COUNTER_HANDLES_PATH => json(&CounterHandleResponse {
                handle: FixedBytes([9; 16]),
                spoken_code: Personal::new("12345678".to_owned()),
                expires_at: state.now + SignedDuration::from_secs(900),
            }),
            FACE_TICKETS_PATH => {
                let request: FaceTicketRequest = read(body);
                state.challenge = Some(request.challenge.0);
                json(&FaceTicketResponse {
                    ticket: TicketId(FixedBytes([5; 16])),
                    provider_url: format!("{}/check?ticket=5", self.url),
                    provider_name: "Sandbox Faces".to_owned(),
                    expires_at: state.now + SignedDuration::from_secs(600),
                })
            }
            FACE_REDEEM_PATH => {
                let request: FaceRedeemRequest = read(body);
                assert_eq!(request.handle.0.0, HANDLE);
                state.verifier_fits = Some(state.challenge == Some(sha256(&[&request.verifier.0])));
                let outcome = state.face?;
                if outcome == FaceOutcome::Passed {
                    state.standing = DeviceStanding::Verified;
                    state.application = Some(ApplicationState::Complete);
                }
                json(&FaceRedeemResponse {
                    outcome,
                    standing: state.standing,
                })
            }
            MAKE_CODE_PATH => self.make_code(state, &minicbor::decode(body).unwrap()),
            other => panic!("{other}"),
        }
    }

    fn make_code(&self, state: &mut State, request: &MakeCodeRequest) -> Answer {
        if state.standing != DeviceStanding::Verified {
            return Err(ProblemCode::DeviceNotVerified);
        }
        if let Some(first_key) = request.first_recall_key {
            let same = state
                .strip
                .as_ref()
                .is_some_and(|strip| strip.first_key == first_key);
            if !same {
                if !state.used_first_keys.insert(first_key) {
                    return Err(ProblemCode::RecallKeyReused);
                }
                state.strip = Some(Strip {
                    begins: request.strip_begins,
                    first_key,
                    hours: BTreeMap::new(),
                });
            }
        }
        let last_hour = state.last_hour.unwrap_or(u32::MAX);
        if request.first_hour > last_hour {
            return Err(ProblemCode::NotDueYet);
        }
        let (colour, forge, version) = (state.colour, state.forge, state.health_version);
        let strip = state
            .strip
            .as_mut()
            .filter(|strip| strip.begins == request.strip_begins)
            .ok_or(ProblemCode::StripUnknown)?;
        let forged = key(99);
        let signer = if forge { &forged } else { &self.keys.live };
        let mut credentials = Vec::new();
        let asked = (request.first_hour..).zip(request.anchors.chunks_exact(16));
        for (hour, anchor) in asked.take_while(|(hour, _)| *hour <= last_hour) {
            let recall_key = RecallKey::new(strip.first_key).after(hour - strip.begins);
            let claims = Claims {
                hour: Hour(hour),
                cid: recall_key.cid(Hour(hour)),
                anchor: anchor.try_into().unwrap(),
                kind: Kind::SelfCode,
                colour,
                name: MaskedName::from_text("王**").unwrap(),
                document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X")
                    .unwrap(),
                rule_version: 1,
                tiles: Some(Tiles::NOTHING),
                members: Vec::new(),
            };
            let bytes = strip
                .hours
                .entry(hour)
                .or_insert_with(|| Credential::sign(claims, signer).unwrap().bytes().to_vec());
            credentials.push(bytes.clone().into());
        }
        let first_hour = request.first_hour;
        Ok(minicbor::to_vec(MakeCodeResponse {
            first_hour,
            credentials,
            health_version: version,
        })
        .unwrap())
    }
}

impl State {
    fn nonce(&mut self) -> Nonce {
        self.counter += 1;
        let mut nonce = [0; 36];
        nonce[..8].copy_from_slice(&self.counter.to_be_bytes());
        self.nonces.insert(nonce);
        Nonce(FixedBytes(nonce))
    }

    fn check_signature(
        &mut self,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), ProblemCode> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let missing = ProblemCode::SignatureMissing;
        let session = text(SESSION_HEADER).ok_or(missing)?;
        let nonce = Nonce(
            text(NONCE_HEADER)
                .and_then(FixedBytes::from_text)
                .ok_or(missing)?,
        );
        let signature = text(SIGNATURE_HEADER)
            .and_then(FixedBytes::<64>::from_text)
            .ok_or(missing)?;
        if !self.nonces.remove(&nonce.0.0) {
            return Err(ProblemCode::NonceNotAccepted);
        }
        let message = signing_message("POST", path, body, session, &nonce);
        self.device_key
            .unwrap()
            .verify(&message, &signature.0)
            .map_err(|_| ProblemCode::SignatureInvalid)
    }

    fn login_complete(&mut self, request: &LoginCompleteRequest) -> Answer {
        let message = enrolment_message(&request.attempt, request.code.expose());
        let proven = self
            .device_key
            .unwrap()
            .verify(&message, &request.proof.0)
            .is_ok();
        if !proven || request.code.expose() != LOGIN_CODE {
            return Err(ProblemCode::LoginCodeNotAccepted);
        }
        json(&LoginCompleteResponse {
            session: SessionId(FixedBytes([2; 16])),
            read_token: ReadToken(FixedBytes([3; 32])),
            device: DeviceId(FixedBytes([6; 8])),
            standing: self.standing,
            masked_name: "王**".to_owned(),
            masked_document: "11**************2X".to_owned(),
            masked_phone: "138****0000".to_owned(),
            profile: PROFILE.to_owned(),
            sandbox: true,
        })
    }

    fn read(&self, path: &str) -> Answer {
        match path {
            DEVICES_PATH => json(&DevicesResponse {
                devices: vec![DeviceView {
                    device: DeviceId(FixedBytes([6; 8])),
                    standing: self.standing,
                    enrolled_at: start(),
                    this_device: true,
                }],
                notices: self.notices.clone(),
            }),
            QUERY_PATH => json(&HealthResponse {
                evaluation: evaluation(self.colour, self.now),
                sources: Vec::new(),
                rule_book: None,
                tiles: Tiles::NOTHING,
                profile: PROFILE.to_owned(),
                version: self.health_version,
            }),
            _ => Err(ProblemCode::NotFound),
        }
    }
}

pub(crate) fn evaluation(colour: Colour, at: Timestamp) -> Evaluation {
    let reason = if colour == Colour::GREEN {
        "no_risk_found"
    } else {
        "fever"
    };
    let statement = serde_json::from_value(serde_json::json!({
        "reason": reason, "colour": colour, "rule": "a-rule", "since": null,
        "evidence": [], "cleared_by": [], "clears_at": null,
    }));
    Evaluation::new(vec![statement.unwrap()], 1, at, None).unwrap()
}

async fn answer(Shared(platform): Shared<Arc<Platform>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let outcome = platform.handle(&parts.method, &path, &parts.headers, &body);
    let mut state = platform.state();
    if let Some((lost, left)) = &mut state.lose_answers
        && *lost == path
        && *left > 0
    {
        *left -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let outcome = match &state.garble {
        Some(garbled) if *garbled == path => outcome.map(|_| b"[]".to_vec()),
        _ => outcome,
    };
    let mut response = match outcome {
        Ok(bytes) => {
            let is_cbor =
                path.starts_with("/v1/trust/") && path != TIME_PATH || path == MAKE_CODE_PATH;
            let media_type = if is_cbor {
                CBOR_MEDIA_TYPE
            } else {
                "application/json"
            };
            ([(header::CONTENT_TYPE, media_type)], bytes).into_response()
        }
        Err(code) => (
            StatusCode::from_u16(code.status()).unwrap(),
            [(header::CONTENT_TYPE, PROBLEM_MEDIA_TYPE)],
            serde_json::to_vec(&Problem::new(code)).unwrap(),
        )
            .into_response(),
    };
    if parts.headers.contains_key(SIGNATURE_HEADER) {
        let next = state.nonce().0.to_text().parse().unwrap();
        response.headers_mut().insert(NEXT_NONCE_HEADER, next);
    }
    let headers = |headers: &HeaderMap| -> usize {
        headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum()
    };
    let answered = response.body().size_hint().exact().unwrap_or_default();
    let bytes = headers(&parts.headers)
        + headers(response.headers())
        + body.len()
        + usize::try_from(answered).unwrap()
        // Both first lines, and what the server adds: date and content length.
        + path.len()
        + 110;
    state.exchanged.insert(path, bytes);
    response
}

fn json<T: serde::Serialize>(value: &T) -> Answer {
    Ok(serde_json::to_vec(value).unwrap())
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> T {
    serde_json::from_slice(body).unwrap()
}
