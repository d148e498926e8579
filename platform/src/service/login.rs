//! Real-name login (Guangxi article 27). The answer, its status and the work done before it are the
//! same whether or not name, document and phone agree: everything that depends on that happens after
//! the answer, out of the asker's sight.

use std::{net::IpAddr, sync::Arc};

use liangma_crypto::PublicKey;
use liangma_domain::person::PersonId;
use liangma_wire::{
    bytes::FixedBytes,
    counter::{CounterLoginCodeRequest, CounterLoginCodeResponse},
    device::DeviceId,
    login::{
        AttemptId, LOGIN_CODE_DIGITS, LOGIN_CODE_SECONDS, LOGIN_CODE_TRIES, LoginChannel,
        LoginCompleteRequest, LoginCompleteResponse, LoginStartRequest, LoginStartResponse,
        ReadToken, SessionId, enrolment_message,
    },
    problem::{Problem, ProblemCode},
};

use super::{
    counter::CounterAct,
    devices::{ROUNDS, standing_on_wire},
};
use crate::{
    config::Principal,
    error::{Failure, soon},
    platform::{Platform, time, token_hash},
    ports::Claim,
    storage::{AttemptRow, Bucket, DeviceRow, LoginRow, RegisteredRow, Standing},
    vault::DEVICE_SUITE,
};

/// Stands where no name was typed. It is compared with nothing and kept nowhere.
const NO_NAME: &str = "佚名";
const LOGIN_CODE: &str = "login code";
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Messages to one phone number in an hour, and in a day.
const PER_PHONE: [(u32, i64); 2] = [(5, HOUR), (15, DAY)];
/// Attempts for one document in an hour, and in a day.
const PER_PERSON: [(u32, i64); 2] = [(8, HOUR), (20, DAY)];
/// Attempts from one address in an hour: many people share one behind a carrier's translation.
const PER_ADDRESS: [(u32, i64); 1] = [(300, HOUR)];

/// What an address counts as: a household has a whole IPv6 network, and could count as anything in it.
fn network_of(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

impl Platform {
    fn buckets(&self, kind: &str, value: &[u8], limits: &[(u32, i64)]) -> Vec<Bucket> {
        let mut buckets = Vec::with_capacity(limits.len());
        for &(limit, window_seconds) in limits {
            let parts: [&[u8]; 3] = [kind.as_bytes(), &window_seconds.to_be_bytes(), value];
            // Counted under every key that is kept: a change of keys gives nobody new tries.
            buckets.extend(
                self.vault
                    .marks("login cap", &parts)
                    .into_iter()
                    .map(|key| Bucket {
                        key,
                        limit,
                        window_seconds,
                    }),
            );
        }
        buckets
    }

    async fn count_or_refuse(&self, buckets: Vec<Bucket>) -> Result<(), Failure> {
        let now = self.now().as_second();
        match self.storage.count_in_buckets(buckets, now).await? {
            None => Ok(()),
            Some(wait) => Err(Problem::new(ProblemCode::TooManyAttempts)
                .with_retry_after(wait)
                .into()),
        }
    }

    /// Counts one more of something, and refuses it where there were enough.
    pub(super) async fn cap(
        &self,
        kind: &str,
        value: &[u8],
        limits: &[(u32, i64)],
    ) -> Result<(), Failure> {
        self.count_or_refuse(self.buckets(kind, value, limits))
            .await
    }

    /// A code of decimal digits, each as likely as any other.
    pub(crate) fn digits(&self, count: usize) -> Result<String, Failure> {
        let mut digits = String::with_capacity(count);
        while digits.len() < count {
            for byte in self.random::<32>()? {
                // 250 is the last multiple of ten: higher bytes would favour low digits.
                if byte < 250 && digits.len() < count {
                    digits.push(char::from(b'0' + byte % 10));
                }
            }
        }
        Ok(digits)
    }

    fn login_code_hash(&self, attempt: &[u8; 16], code: &str) -> [u8; 32] {
        self.vault.mark(LOGIN_CODE, &[attempt, code.as_bytes()])
    }

    pub(crate) async fn login_start(
        self: &Arc<Self>,
        request: LoginStartRequest,
        address: Option<IpAddr>,
    ) -> Result<LoginStartResponse, Failure> {
        let counter = request.channel == LoginChannel::Counter;
        // Whose name cannot be typed: the counter reads it from the document.
        let without_name = counter && request.name.expose().trim().is_empty();
        let name = if without_name {
            NO_NAME
        } else {
            request.name.expose()
        };
        let claim = self.read_claim(
            name,
            request.document_type,
            request.document_number.expose(),
            request.phone.expose(),
        )?;
        PublicKey::new(DEVICE_SUITE, &request.device_key.0).map_err(|_| {
            Problem::new(ProblemCode::InvalidField)
                .with_field("device_key", "not_a_key")
                .with_detail("send the uncompressed P-256 point of the device key, 65 bytes")
        })?;
        let now = self.now().as_second();
        let document = claim.document.canonical();
        let permit = self
            .logins
            .clone()
            .try_acquire_owned()
            .map_err(|_| Problem::new(ProblemCode::Busy).with_retry_after(soon()))?;
        let mut buckets = Vec::new();
        if !counter {
            // Nothing is sent to a counter, and no code is good before it drew one: whoever was locked
            // out of messages by a stranger's attempts can still go there.
            let number = claim.phone.number().expose().as_bytes();
            buckets.extend(self.buckets("phone", number, &PER_PHONE));
            buckets.extend(self.buckets("person", document.expose().as_bytes(), &PER_PERSON));
        }
        if let Some(address) = address {
            let network = network_of(address);
            buckets.extend(self.buckets("address", &network, &PER_ADDRESS));
        }
        self.count_or_refuse(buckets).await?;
        let id: [u8; 16] = self.random()?;
        let code = zeroize::Zeroizing::new(self.digits(LOGIN_CODE_DIGITS)?);
        let code_hash = if counter {
            // Fits nothing that anybody could type.
            self.random()?
        } else {
            self.login_code_hash(&id, &code)
        };
        // Kept before anything is compared, so that when the attempt appears tells nothing.
        self.storage
            .put_attempt(AttemptRow {
                id,
                person: None,
                device_key: request.device_key.0,
                code_hash,
                counter,
                expires_at: now + LOGIN_CODE_SECONDS,
            })
            .await?;
        let platform = self.clone();
        tokio::spawn(async move {
            if let Err(failure) = platform
                .compare_and_send(claim, without_name, id, request.channel, &code)
                .await
            {
                // Logged by its class alone; the asker sees the same answer either way.
                failure.into_problem();
            }
            drop(permit);
        });
        Ok(LoginStartResponse {
            attempt: AttemptId(FixedBytes(id)),
            expires_at: time(now + LOGIN_CODE_SECONDS),
            code_digits: LOGIN_CODE_DIGITS,
            tries: LOGIN_CODE_TRIES,
        })
    }

    async fn compare_and_send(
        &self,
        claim: Claim,
        without_name: bool,
        attempt: [u8; 16],
        channel: LoginChannel,
        code: &str,
    ) -> Result<(), Failure> {
        let register = &self.ports.register;
        let registered = if without_name {
            register.compare_without_name(&claim).await
        } else {
            register.compare(&claim).await
        };
        let registered =
            registered.map_err(|_| Failure::internal("ask the population register"))?;
        // The same reads, hashes, seals and writes for whoever matched nobody: how busy the store is, and
        // for how long, must not tell the next asker who is registered.
        let claimed = registered.as_ref().unwrap_or(&claim);
        let lookup = self.vault.lookup(&claimed.document);
        let mut concluded = false;
        for _ in 0..ROUNDS {
            let person = match self.storage.find_person(lookup.clone()).await? {
                Some(known) => known.person,
                None => PersonId::from_bytes(self.random()?),
            };
            let sealed_identity = self.seal_identity(person, claimed)?;
            let row = registered.is_some().then(|| RegisteredRow {
                lookup: lookup.clone(),
                person,
                sealed_identity,
                at: self.now().as_second(),
            });
            concluded = self.storage.conclude_attempt(attempt, row).await?;
            if concluded {
                break;
            }
        }
        let Some(registered) = registered.filter(|_| concluded) else {
            return Ok(());
        };
        if channel != LoginChannel::Counter {
            self.ports
                .messages
                .send_login_code(&registered.phone, channel, code)
                .await
                .map_err(|_| Failure::internal("hand over a message"))?;
        }
        Ok(())
    }

    pub(crate) async fn login_complete(
        &self,
        request: LoginCompleteRequest,
    ) -> Result<LoginCompleteResponse, Failure> {
        let refused = || Failure::from(ProblemCode::LoginCodeNotAccepted);
        let now = self.now().as_second();
        let id = request.attempt.0.0;
        let code = request.code.expose().trim();
        let attempt = self
            .storage
            .try_attempt(id, LOGIN_CODE_TRIES, now)
            .await?
            .ok_or_else(refused)?;
        let code_fits = self
            .vault
            .is_mark(&attempt.code_hash, LOGIN_CODE, &[&id, code.as_bytes()]);
        let proven = PublicKey::new(DEVICE_SUITE, &attempt.device_key).is_ok_and(|key| {
            key.verify(&enrolment_message(&request.attempt, code), &request.proof.0)
                .is_ok()
        });
        let (true, true, Some(person)) = (code_fits, proven, attempt.person) else {
            return Err(refused());
        };
        let identity = self.identity_of(person).await?;
        let token = ReadToken(FixedBytes(self.random()?));
        let session: [u8; 16] = self.random()?;
        let login = LoginRow {
            attempt: id,
            device: DeviceRow {
                id: self.random()?,
                person,
                public_key: attempt.device_key,
                standing: Standing::Unverified,
                enrolled_at: now,
            },
            session,
            token_hash: token_hash(&token),
            at: now,
        };
        let device = self
            .storage
            .complete_login(login)
            .await?
            .ok_or_else(refused)?;
        Ok(LoginCompleteResponse {
            session: SessionId(FixedBytes(session)),
            read_token: token,
            device: DeviceId(FixedBytes(device.id)),
            standing: standing_on_wire(device.standing),
            masked_name: identity.masked_name().as_str().to_owned(),
            masked_document: identity.masked_document().display(),
            masked_phone: identity.claim.phone.masked().as_str().to_owned(),
            profile: self.profile_name().to_owned(),
            sandbox: self.is_sandbox(),
        })
    }

    /// The code of an attempt that waits at a counter: drawn anew each time, so that none is kept.
    pub(crate) async fn counter_login_code(
        &self,
        principal: &Principal,
        request: CounterLoginCodeRequest,
    ) -> Result<CounterLoginCodeResponse, Failure> {
        let document =
            self.read_document(request.document_type, request.document_number.expose())?;
        let now = self.now().as_second();
        let id = request.attempt.0.0;
        let attempt = self
            .storage
            .attempt(id)
            .await?
            .filter(|attempt| attempt.counter && attempt.expires_at > now)
            .ok_or(Failure::from(ProblemCode::CounterHandleNotAccepted))?;
        let person = self
            .storage
            .find_person(self.vault.lookup(&document))
            .await?
            .map(|found| found.person);
        if attempt.person.is_none() || attempt.person != person {
            return Err(ProblemCode::CounterDocumentMismatch.into());
        }
        self.count_of_today(principal, CounterAct::LoginCode)
            .await?;
        let code = self.digits(LOGIN_CODE_DIGITS)?;
        let expires_at = now + LOGIN_CODE_SECONDS;
        let hash = self.login_code_hash(&id, &code);
        if !self
            .storage
            .replace_attempt_code(id, hash, expires_at)
            .await?
        {
            return Err(ProblemCode::CounterHandleNotAccepted.into());
        }
        Ok(CounterLoginCodeResponse {
            code: code.into(),
            expires_at: time(expires_at),
        })
    }
}

#[cfg(test)]
mod tests;
