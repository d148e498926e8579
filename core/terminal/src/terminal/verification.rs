use std::time::Duration;

use jiff::Timestamp;
use liangma_crypto::sha256;
use liangma_wire::{
    application::{APPLICATIONS_PATH, ApplicationResponse, ApplicationState},
    bytes::FixedBytes,
    counter::{COUNTER_HANDLES_PATH, CounterHandleRequest, CounterHandleResponse},
    device::DeviceStanding,
    face::{
        FACE_REDEEM_PATH, FACE_TICKETS_PATH, FaceOutcome, FaceRedeemRequest, FaceRedeemResponse,
        FaceTicketRequest, FaceTicketResponse,
    },
    login::LoginCompleteResponse,
    personal::Personal,
    problem::ProblemCode,
};

use super::{Terminal, TerminalError};
use crate::{
    Boxed,
    client::{Body, ClientError, SignedRequest, Wanted},
    ports::{FaceCheckError, FaceHandoff, FaceReturn},
    records::{FaceRecord, row},
    store::Table,
};

/// How a face check ended. Each outcome has its own sentence and way on; a counter is always one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaceCheckOutcome {
    /// The device may obtain a code.
    Passed,
    /// The face is not that of the person, or could not be compared.
    Failed,
    /// The person stopped.
    Cancelled,
    /// Nobody finished in time.
    TimedOut,
    /// The result was used before.
    Replayed,
    /// The result belongs to another person, device or check.
    SomebodyElses,
    /// The result is not genuine.
    Forged,
    /// The ticket had ended or is not known any more: start again.
    Expired,
    /// The provider's page could not be opened on this phone.
    NotOpened,
    /// A link came back and no check was open here.
    Unasked,
}

/// What the phone shows at a counter: to be scanned, or spoken.
#[derive(Debug, Clone)]
pub struct CounterHandle {
    /// To be scanned.
    pub handle: FixedBytes<16>,
    /// Eight digits to be spoken.
    pub spoken_code: Personal<String>,
    /// When both stop being good.
    pub expires_at: Timestamp,
}

impl Terminal {
    /// Applies for a code on this device, or asks how far the application has come: after a counter
    /// approved it, this is how the phone learns so.
    ///
    /// # Errors
    /// [`TerminalError::NotLoggedIn`], or the client's errors; a missing consent is the problem
    /// `consent_missing`.
    pub async fn apply(&self) -> Result<ApplicationResponse, TerminalError> {
        let _turn = self.0.turn.lock().await;
        let session = self.session().await?;
        let request = SignedRequest {
            session: &session.session,
            path: APPLICATIONS_PATH,
            body: Body::nothing(),
            idempotency: None,
            answer: Wanted::JSON,
        };
        let response: ApplicationResponse = self.0.client.signed_json(&request).await?;
        let kept = response.clone();
        self.write(move |work| {
            work.put(Table::Single, row::APPLICATION, &kept)?;
            let session: Option<LoginCompleteResponse> = work.get(Table::Single, row::SESSION)?;
            if let Some(mut session) = session
                && kept.state == ApplicationState::Complete
            {
                session.standing = DeviceStanding::Verified;
                work.put(Table::Single, row::SESSION, &session)?;
            }
            Ok(())
        })
        .await?;
        Ok(response)
    }

    /// Sends the person to the face-check provider and redeems what comes back: [`Terminal::face_prepare`]
    /// and [`Terminal::face_leave`] in one.
    ///
    /// # Errors
    /// [`TerminalError::NoApplication`], or the client's errors. When the network fails while redeeming,
    /// [`Terminal::face_resume`] goes on.
    pub async fn face_check(&self) -> Result<FaceCheckOutcome, TerminalError> {
        self.face_prepare().await?;
        self.face_leave().await
    }

    /// Makes a face check ready, so that the person can be told who compares the face before they leave:
    /// [`super::TerminalState::face_provider`].
    ///
    /// # Errors
    /// [`TerminalError::NoApplication`], or the client's errors.
    pub async fn face_prepare(&self) -> Result<(), TerminalError> {
        self.face_ticket().await
    }

    /// Sends the person to the provider of the check that is ready, and redeems what comes back. Where none
    /// is ready any more, it is [`FaceCheckOutcome::Expired`]; one that came back already is redeemed.
    ///
    /// Verifier and state are on disk before the person leaves, so that a kill meanwhile loses nothing:
    /// hand the link back to [`Terminal::face_returned`] then.
    ///
    /// # Errors
    /// The client's errors. When the network fails while redeeming, [`Terminal::face_resume`] goes on.
    pub async fn face_leave(&self) -> Result<FaceCheckOutcome, TerminalError> {
        if let Some(outcome) = self.face_resume().await? {
            return Ok(outcome);
        }
        let ready = self.single::<FaceRecord>(row::FACE).await?;
        let Some(handoff) = ready.and_then(|face| self.handoff(&face)) else {
            self.forget_face().await?;
            return Ok(FaceCheckOutcome::Expired);
        };
        match self.0.ports.face.hand_over(&handoff).await {
            Ok(back) => self.face_returned(back).await,
            Err(error) => {
                self.forget_face().await?;
                Ok(match error {
                    FaceCheckError::Cancelled => FaceCheckOutcome::Cancelled,
                    FaceCheckError::TimedOut => FaceCheckOutcome::TimedOut,
                    FaceCheckError::NotOpened => FaceCheckOutcome::NotOpened,
                })
            }
        }
    }

    /// Where to send the person. Whether the ticket is still good, the platform judges by its own clock.
    fn handoff(&self, face: &FaceRecord) -> Option<FaceHandoff> {
        let ticket = face.ticket.as_ref()?;
        let left = ticket.expires_at.duration_since(self.now());
        Some(FaceHandoff {
            url: ticket.provider_url.clone(),
            provider: ticket.provider_name.clone(),
            state: face.state,
            patience: Duration::try_from(left).unwrap_or_default(),
        })
    }

    async fn forget_face(&self) -> Result<(), TerminalError> {
        self.write(|work| work.remove(Table::Single, row::FACE).map(|_| ()))
            .await
    }

    /// Takes the link back from the provider.
    ///
    /// A state that is not that of the open check is somebody else's: it changes nothing.
    ///
    /// # Errors
    /// The client's errors; [`Terminal::face_resume`] goes on later.
    pub async fn face_returned(&self, back: FaceReturn) -> Result<FaceCheckOutcome, TerminalError> {
        let _turn = self.0.turn.lock().await;
        let Some(mut face) = self.single::<FaceRecord>(row::FACE).await? else {
            return Ok(FaceCheckOutcome::Unasked);
        };
        if !liangma_crypto::constant_time_equal(&face.state.0, &back.state.0) {
            return Ok(FaceCheckOutcome::SomebodyElses);
        }
        face.handle = Some(back.handle);
        let kept = face.clone();
        self.write(move |work| work.put(Table::Single, row::FACE, &kept))
            .await?;
        self.redeem(&face).await
    }

    /// Goes on with a face check that came back and was not redeemed; `None` when there is none.
    ///
    /// # Errors
    /// The client's errors.
    pub async fn face_resume(&self) -> Result<Option<FaceCheckOutcome>, TerminalError> {
        let _turn = self.0.turn.lock().await;
        match self.single::<FaceRecord>(row::FACE).await? {
            Some(face) if face.handle.is_some() => self.redeem(&face).await.map(Some),
            _ => Ok(None),
        }
    }

    /// A handle for the counter: no face is needed there.
    ///
    /// # Errors
    /// [`TerminalError::NoApplication`], or the client's errors.
    pub async fn counter_handle(&self) -> Result<CounterHandle, TerminalError> {
        let _turn = self.0.turn.lock().await;
        let session = self.session().await?;
        let application = self.application().await?;
        let request = CounterHandleRequest {
            application: application.application,
        };
        let request = SignedRequest::json(&session.session, COUNTER_HANDLES_PATH, &request, None)?;
        let response: CounterHandleResponse = self.0.client.signed_json(&request).await?;
        Ok(CounterHandle {
            handle: response.handle,
            spoken_code: response.spoken_code,
            expires_at: response.expires_at,
        })
    }

    fn application(&self) -> Boxed<'_, Result<ApplicationResponse, TerminalError>> {
        Box::pin(async move {
            self.single(row::APPLICATION)
                .await?
                .ok_or(TerminalError::NoApplication)
        })
    }

    /// Obtains a ticket; everything that redeeming needs is on disk first.
    fn face_ticket(&self) -> Boxed<'_, Result<(), TerminalError>> {
        Box::pin(async move {
            let _turn = self.0.turn.lock().await;
            let session = self.session().await?;
            let application = self.application().await?.application;
            let (mut verifier, mut state) = (FixedBytes([0; 32]), FixedBytes([0; 16]));
            self.0.ports.randomness.fill(&mut verifier.0)?;
            self.0.ports.randomness.fill(&mut state.0)?;
            let mut face = FaceRecord {
                application,
                verifier,
                state,
                ticket: None,
                handle: None,
            };
            let kept = face.clone();
            self.write(move |work| work.put(Table::Single, row::FACE, &kept))
                .await?;
            let request = FaceTicketRequest {
                application,
                challenge: FixedBytes(sha256(&[&verifier.0])),
                state,
            };
            let request = SignedRequest::json(&session.session, FACE_TICKETS_PATH, &request, None)?;
            let ticket: FaceTicketResponse = self.0.client.signed_json(&request).await?;
            face.ticket = Some(ticket);
            self.write(move |work| work.put(Table::Single, row::FACE, &face))
                .await
        })
    }

    fn redeem<'a>(
        &'a self,
        face: &'a FaceRecord,
    ) -> Boxed<'a, Result<FaceCheckOutcome, TerminalError>> {
        Box::pin(async move {
            let (Some(ticket), Some(handle)) = (&face.ticket, face.handle) else {
                return Ok(FaceCheckOutcome::Unasked);
            };
            let session = self.session().await?;
            let request = FaceRedeemRequest {
                ticket: ticket.ticket,
                handle,
                verifier: face.verifier,
            };
            let request = SignedRequest::json(&session.session, FACE_REDEEM_PATH, &request, None)?;
            let redeemed: Result<FaceRedeemResponse, ClientError> =
                self.0.client.signed_json(&request).await;
            let (outcome, standing) = match redeemed {
                Ok(response) => {
                    let outcome = match response.outcome {
                        FaceOutcome::Passed => FaceCheckOutcome::Passed,
                        FaceOutcome::Failed => FaceCheckOutcome::Failed,
                        FaceOutcome::Cancelled => FaceCheckOutcome::Cancelled,
                        FaceOutcome::TimedOut => FaceCheckOutcome::TimedOut,
                    };
                    (outcome, Some(response.standing))
                }
                Err(error) => match refused(error.problem()) {
                    Some(outcome) => (outcome, None),
                    // The record stays: redeeming is idempotent for this device.
                    None => return Err(error.into()),
                },
            };
            self.write(move |work| {
                work.remove(Table::Single, row::FACE)?;
                let session: Option<LoginCompleteResponse> =
                    work.get(Table::Single, row::SESSION)?;
                if let Some((mut session, standing)) = session.zip(standing) {
                    session.standing = standing;
                    work.put(Table::Single, row::SESSION, &session)?;
                }
                Ok(())
            })
            .await?;
            Ok(outcome)
        })
    }
}

/// The platform's lasting answers about a result.
fn refused(problem: Option<ProblemCode>) -> Option<FaceCheckOutcome> {
    match problem? {
        ProblemCode::FaceReceiptReplayed => Some(FaceCheckOutcome::Replayed),
        ProblemCode::FaceReceiptMismatch => Some(FaceCheckOutcome::SomebodyElses),
        ProblemCode::FaceReceiptForged => Some(FaceCheckOutcome::Forged),
        ProblemCode::FaceTicketExpired | ProblemCode::FaceTicketUnknown => {
            Some(FaceCheckOutcome::Expired)
        }
        _ => None,
    }
}
