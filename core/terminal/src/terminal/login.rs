use jiff::Timestamp;
use liangma_crypto::sha256;
use liangma_domain::{
    identity::{DocumentType, IdentityDocument},
    name::PersonName,
    phone::Phone,
};
use liangma_wire::{
    bytes::FixedBytes,
    login::{
        AttemptId, LOGIN_CODE_DIGITS, LOGIN_COMPLETE_PATH, LOGIN_START_PATH, LoginChannel,
        LoginCompleteRequest, LoginCompleteResponse, LoginStartRequest, LoginStartResponse,
        enrolment_message,
    },
    personal::Personal,
};
use serde::{Deserialize, Serialize};

use super::{FieldError, MaskedPerson, Terminal, TerminalError, blocking, raise_epoch};
use crate::{
    client::Body,
    envelope,
    key_state::KeyState,
    ports::KeyStoreError,
    records::row,
    store::{StoreError, Table, Work},
};

/// Whose documents these are, as a hash that only this installation can compare.
pub(super) const PERSON: &str = "person";
const NEXT_PERSON: &str = "next_person";

/// What a person types to log in. Kept sealed until the login is complete.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginForm {
    /// The name as in the register; may be empty where a counter reads it from the document.
    pub name: String,
    /// The kind of identity document.
    pub document_type: DocumentType,
    /// Its number, as typed.
    pub document_number: String,
    /// The registered phone number, as typed.
    pub phone: String,
    /// How the code is to come.
    pub channel: LoginChannel,
}

impl std::fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginForm([hidden])")
    }
}

/// "If these agree, a message was sent."
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSent {
    /// To be shown at a counter when the code is to come from there.
    pub attempt: AttemptId,
    /// When the code stops being good.
    pub expires_at: Timestamp,
    /// How many digits it has.
    pub code_digits: usize,
    /// How many tries there are.
    pub tries: u8,
}

impl From<LoginStartResponse> for LoginSent {
    fn from(response: LoginStartResponse) -> Self {
        Self {
            attempt: response.attempt,
            expires_at: response.expires_at,
            code_digits: response.code_digits,
            tries: response.tries,
        }
    }
}

impl Terminal {
    /// Begins a real-name login. What was typed is kept sealed first, so that nothing has to be typed twice.
    ///
    /// # Errors
    /// [`TerminalError::Field`] for the first field that is not valid; the client's errors otherwise.
    pub async fn login_start(&self, form: LoginForm) -> Result<LoginSent, TerminalError> {
        let _turn = self.0.turn.lock().await;
        let draft = form.clone();
        self.write(move |work| work.put(Table::Draft, row::LOGIN_DRAFT, &draft))
            .await?;
        let (mut request, person) = self.read_form(&form)?;
        request.device_key = self.device_key().await?;
        let response: LoginStartResponse = self
            .0
            .client
            .post(LOGIN_START_PATH, Some(Body::json(&request)?))
            .await?;
        let kept = response.clone();
        self.write(move |work| {
            work.put(Table::Single, row::LOGIN, &kept)?;
            work.put(Table::Single, NEXT_PERSON, &person)
        })
        .await?;
        Ok(response.into())
    }

    /// What was typed for the last login that was not completed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn login_draft(&self) -> Result<Option<LoginForm>, TerminalError> {
        self.read(|work| work.get(Table::Draft, row::LOGIN_DRAFT))
            .await
    }

    /// Completes a login with the code that came, proving possession of the device key.
    ///
    /// The code of an earlier login on this phone goes, as the platform recalls it.
    ///
    /// # Errors
    /// [`TerminalError::NoLoginAttempt`], [`TerminalError::Field`], or the client's errors; a wrong code is
    /// the problem `login_code_not_accepted`.
    pub async fn login_complete(&self, code: &str) -> Result<MaskedPerson, TerminalError> {
        let _turn = self.0.turn.lock().await;
        let code = digits(code)?;
        let attempt: LoginStartResponse = self
            .single(row::LOGIN)
            .await?
            .ok_or(TerminalError::NoLoginAttempt)?;
        let message = enrolment_message(&attempt.attempt, &code);
        let keys = self.0.ports.keys.clone();
        let proof = blocking(move || Ok(keys.sign(&message)?)).await?;
        let request = LoginCompleteRequest {
            attempt: attempt.attempt,
            code: Personal::new(code),
            proof: FixedBytes(proof),
        };
        let session: LoginCompleteResponse = self
            .0
            .client
            .post(LOGIN_COMPLETE_PATH, Some(Body::json(&request)?))
            .await?;
        let kept = session.clone();
        let epoch = self
            .write(move |work| {
                forget_wallet(work)?;
                let person: Option<FixedBytes<32>> = work.get(Table::Single, NEXT_PERSON)?;
                let before: Option<FixedBytes<32>> = work.get(Table::Single, PERSON)?;
                if before.is_some() && before != person {
                    // Nothing that another person did or agreed to goes out under this name.
                    for table in [Table::Outbox, Table::Draft, Table::Consent, Table::Notice] {
                        work.clear(table)?;
                    }
                }
                work.put(Table::Single, PERSON, &person)?;
                work.remove(Table::Single, NEXT_PERSON)?;
                work.put(Table::Single, row::SESSION, &kept)?;
                work.remove(Table::Single, row::LOGIN)?;
                work.remove(Table::Draft, row::LOGIN_DRAFT)?;
                raise_epoch(work)
            })
            .await?;
        self.relight().await?;
        self.keep_epoch(epoch).await;
        // What was agreed to before the login is waiting; that it has to wait on is no error of the login.
        self.flush(true).await?;
        Ok(session.into())
    }

    /// Keeps the epoch beside the keys. What was done stands also where the key store is busy: the next
    /// start keeps it then.
    pub(super) async fn keep_epoch(&self, epoch: u64) {
        let keys = self.0.ports.keys.clone();
        let kept = blocking(move || Ok(keys.keep_epoch(epoch)?)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "the epoch was not kept");
        }
    }

    fn read_form(
        &self,
        form: &LoginForm,
    ) -> Result<(LoginStartRequest, FixedBytes<32>), TerminalError> {
        let field = |field, reason| FieldError { field, reason };
        // A counter reads the name from the document of whoever cannot type it.
        let at_counter = form.channel == LoginChannel::Counter && form.name.trim().is_empty();
        let name = if at_counter {
            None
        } else {
            let name = PersonName::parse(&form.name);
            Some(name.map_err(|error| field("name", error.code()))?)
        };
        let document =
            IdentityDocument::parse(form.document_type, &form.document_number, self.today())
                .map_err(|error| field("document_number", error.code()))?;
        let phone = Phone::parse(&form.phone).map_err(|error| field("phone", error.code()))?;
        let person = sha256(&[
            b"liangma/person/1",
            &self.0.keyring.install.0,
            document.canonical().expose().as_bytes(),
        ]);
        let request = LoginStartRequest {
            name: Personal::new(name.map_or_else(String::new, |name| name.text().expose().clone())),
            document_type: form.document_type,
            document_number: Personal::new(document.text().expose().clone()),
            phone: Personal::new(phone.number().expose().clone()),
            device_key: FixedBytes([0; 65]),
            channel: form.channel,
        };
        Ok((request, FixedBytes(person)))
    }

    /// The device key, made at the first login. A key that merely does not answer is never replaced.
    async fn device_key(&self) -> Result<FixedBytes<65>, TerminalError> {
        let logged_in = self
            .single::<LoginCompleteResponse>(row::SESSION)
            .await?
            .is_some();
        let inner = self.0.clone();
        let key = blocking(move || {
            let keys = inner.ports.keys.as_ref();
            match keys.device_key() {
                Ok(key) => {
                    envelope::device_key_is_back(&inner.folder)?;
                    Ok(key)
                }
                // A key that was there may come back after a restart, as a wrapping key may.
                Err(KeyStoreError::Missing) if logged_in => {
                    let boot = inner.ports.boot();
                    match envelope::judge_device_key(&inner.folder, keys, boot)? {
                        KeyState::Lost => Ok(keys.create_device_key()?),
                        state => Err(TerminalError::Keys(state)),
                    }
                }
                Err(KeyStoreError::Missing) => Ok(keys.create_device_key()?),
                Err(error) => Err(error.into()),
            }
        })
        .await?;
        let bytes = key
            .bytes()
            .try_into()
            .map_err(|_| KeyStoreError::Unsupported)?;
        Ok(FixedBytes(bytes))
    }
}

/// Removes the code and everything that belongs to one login.
pub(super) fn forget_wallet(work: &Work<'_>) -> Result<(), StoreError> {
    work.clear(Table::Credential)?;
    for single in [
        row::STRIP,
        row::NEXT_STRIP,
        row::HEALTH,
        row::PLAN,
        row::APPLICATION,
        row::FACE,
    ] {
        work.remove(Table::Single, single)?;
    }
    Ok(())
}

/// Six digits, however they were typed.
fn digits(code: &str) -> Result<String, FieldError> {
    let field = |reason| FieldError {
        field: "code",
        reason,
    };
    if code.len() > 64 {
        return Err(field("code_too_long"));
    }
    let digits: Option<String> = code
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .map(|character| match character {
            '0'..='9' => Some(character),
            // Full-width digits come out of Chinese keyboards.
            '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(character) - 0xff10, 10),
            _ => None,
        })
        .collect();
    let digits = digits.ok_or(field("code_not_digits"))?;
    if digits.len() == LOGIN_CODE_DIGITS {
        Ok(digits)
    } else {
        Err(field("code_wrong_length"))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("123456", Ok("123456"))]
    #[case(" 123-456 ", Ok("123456"))]
    #[case("123456", Ok("123456"))]
    #[case("12345", Err("code_wrong_length"))]
    #[case("", Err("code_wrong_length"))]
    #[case("12345a", Err("code_not_digits"))]
    fn a_code_is_read_however_it_was_typed(
        #[case] typed: &str,
        #[case] expected: Result<&str, &str>,
    ) {
        let read = digits(typed);
        assert_eq!(read.as_deref().map_err(|error| error.reason), expected);
    }
}
