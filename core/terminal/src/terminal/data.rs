use std::{io, sync::PoisonError};

use liangma_wire::{
    application::ApplicationResponse, consent::ConsentRequest, export::EXPORT_PATH,
    login::LoginCompleteResponse,
};
use serde_json::{Value, json};

use super::{Terminal, TerminalError, blocking, locked};
use crate::{
    client::Wanted,
    clock::ClockMemory,
    envelope,
    folder::{Folder, LOCK},
    lit::{LIT, Lit},
    outbox,
    ports::KeyStore,
    records::{HealthRecord, Notice, PlanRecord, row},
    store::{FILES, RESERVE, StoreError, Table, Work},
};

/// While this is there, an erasure was begun: the next start finishes it.
const ERASING: &str = "erasing";

impl Terminal {
    /// Everything that this phone holds about the person, as JSON for the person.
    ///
    /// Keys and secrets are no data about a person and are left out; that there are some is said.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn export(&self) -> Result<String, TerminalError> {
        let now = self.now();
        let held = self.read(move |work| held(work, now)).await?;
        serde_json::to_string_pretty(&held).map_err(|_| StoreError::Damaged.into())
    }

    /// Everything that the platform holds about the person, as the platform's own JSON.
    ///
    /// # Errors
    /// [`TerminalError::NotLoggedIn`], or the client's errors.
    pub async fn export_from_platform(&self) -> Result<String, TerminalError> {
        let session = self.session().await?;
        let bytes = self
            .0
            .client
            .get(EXPORT_PATH, Some(&session.read_token), Wanted::EXPORT)
            .await?;
        String::from_utf8(bytes).map_err(|_| crate::client::ClientError::Unreadable.into())
    }

    /// Erases everything on this phone by destroying the data key; the files go after it. This terminal
    /// and its clones then answer [`TerminalError::Erased`]. A kill in between is finished by the next
    /// start.
    ///
    /// The platform is not told: end the device there first where that is wanted.
    ///
    /// # Errors
    /// When a key or file could not be removed; call it again.
    pub async fn erase(&self) -> Result<(), TerminalError> {
        let _turn = self.0.turn.lock().await;
        let _sending = self.0.sending.lock().await;
        let inner = self.0.clone();
        blocking(move || {
            let mut store = locked(&inner.store);
            if inner.folder.replace(ERASING, b"").is_err() {
                // Also a full phone erases.
                if let Some(store) = store.as_ref() {
                    store.free_reserve()?;
                }
                inner.folder.replace(ERASING, b"")?;
            }
            *store = None;
            *inner.lit.write().unwrap_or_else(PoisonError::into_inner) = (Lit::default(), None);
            *locked(&inner.clock) = ClockMemory::default();
            finish_erasing(&inner.folder, inner.ports.keys.as_ref())?;
            Ok(inner.folder.remove(LOCK)?)
        })
        .await
    }
}

/// Sets aside an installation whose data cannot be read any more. A kill in between is finished by the
/// next start.
pub(super) fn set_aside(folder: &Folder, keys: &dyn KeyStore) -> Result<(), TerminalError> {
    if folder.replace(ERASING, b"").is_err() {
        folder.remove(RESERVE)?;
        folder.replace(ERASING, b"")?;
    }
    finish_erasing(folder, keys)
}

/// Finishes an erasure that was begun before a kill. True when there was one.
pub(super) fn resume_erasing(folder: &Folder, keys: &dyn KeyStore) -> Result<bool, TerminalError> {
    if !folder.exists(ERASING)? {
        return Ok(false);
    }
    finish_erasing(folder, keys)?;
    Ok(true)
}

fn finish_erasing(folder: &Folder, keys: &dyn KeyStore) -> Result<(), TerminalError> {
    envelope::destroy(folder, keys)?;
    keys.keep_epoch(0)?;
    remove_files(folder)?;
    folder.remove(ERASING)?;
    folder.sync()?;
    Ok(())
}

/// Removes the files of an installation whose data key is gone.
fn remove_files(folder: &Folder) -> io::Result<()> {
    for name in FILES.iter().chain(&[LIT]) {
        folder.remove(name)?;
    }
    folder.sweep()?;
    folder.sync()
}

fn held(work: &Work<'_>, now: jiff::Timestamp) -> Result<Value, StoreError> {
    let session: Option<LoginCompleteResponse> = work.get(Table::Single, row::SESSION)?;
    let application: Option<ApplicationResponse> = work.get(Table::Single, row::APPLICATION)?;
    let health: Option<HealthRecord> = work.get(Table::Single, row::HEALTH)?;
    let clock: Option<ClockMemory> = work.get(Table::Single, row::CLOCK)?;
    let plan: Option<PlanRecord> = work.get(Table::Single, row::PLAN)?;
    let consents: Vec<(String, (ConsentRequest, jiff::Timestamp))> = work.all(Table::Consent)?;
    let notices: Vec<(String, Notice)> = work.all(Table::Notice)?;
    let drafts: Vec<(String, Value)> = work.all(Table::Draft)?;
    let credentials: Vec<Value> = work
        .all_bytes(Table::Credential)?
        .into_iter()
        .map(|(hour, bytes)| {
            let text = liangma_wire::bytes::Bytes(bytes.to_vec()).to_text();
            json!({ "hour": hour.parse::<u32>().unwrap_or_default(), "credential": text })
        })
        .collect();
    let consents: Vec<Value> = consents
        .into_iter()
        .map(|(_, (consent, at))| json!({ "consent": consent, "at": at }))
        .collect();
    Ok(json!({
        "format": "liangma/terminal-export/1",
        "exported_at": now,
        "person": session.map(|session| json!({
            "masked_name": session.masked_name,
            "masked_document": session.masked_document,
            "masked_phone": session.masked_phone,
            "profile": session.profile,
            "device": session.device,
            "standing": session.standing,
            "sandbox": session.sandbox,
        })),
        "application": application,
        "consents": consents,
        "credentials": credentials,
        "explanation": health,
        "clock": clock,
        "refresh_plan": plan,
        "outbox": outbox::entries(work)?
            .into_iter()
            .map(|(id, entry)| json!({ "id": id, "entry": entry }))
            .collect::<Vec<_>>(),
        "drafts": drafts.into_iter().collect::<serde_json::Map<_, _>>(),
        "notices": notices.into_iter().map(|(_, notice)| notice).collect::<Vec<_>>(),
        "secrets_left_out": ["device key", "data key", "session and read token", "strip secret"],
    }))
}
