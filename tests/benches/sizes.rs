//! Bytes: over the wire for a refresh and for a showing, and in the text of a code.

use std::error::Error;

use liangma_card::QrMatrix;
use liangma_credential::Slot;
use liangma_domain::identity::DocumentType;
use liangma_domain::mask::{MaskedDocument, MaskedName};
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_terminal::desktop::{KeyFile, SystemClocks};
use liangma_terminal::{PlatformAddress, show_code};
use liangma_tests::measure::{markdown_head, size};
use liangma_tests::tap::Tap;

#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "the invented keys, people and files of the protocol vectors"
)]
#[path = "../../core/credential/tests/vectors/world.rs"]
mod vectors;
#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "the region and the phones of the end-to-end tests"
)]
#[path = "../tests/world/mod.rs"]
mod world;

/// Without the TLS handshake.
const REFRESH: usize = 5_000;

/// Characters of a live code's text, and the QR version that holds it at level M.
fn code(name: &str, visible: &str) -> Result<(usize, i16), Box<dyn Error>> {
    let chain = vectors::strip(vectors::seeds::STRIP);
    let claims = liangma_credential::Claims {
        name: MaskedName::from_text(name)?,
        document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, visible)?,
        ..vectors::claims(&chain, vectors::HOUR)
    };
    let signer = vectors::key(vectors::seeds::LIVE);
    let text = vectors::shown(claims, &chain, &signer, Slot::LAST);
    Ok((text.len(), QrMatrix::alphanumeric(&text, 40)?.version()))
}

#[expect(clippy::print_stdout, reason = "a bench is read on standard output")]
fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let region = runtime.block_on(world::Region::start());
    let socket = region.address.url.trim_start_matches("http://").parse()?;
    let tap = Tap::before(socket)?;
    let address = PlatformAddress::loopback(&tap.url);
    let phone = runtime.block_on(world::Phone::at(&region, address, ChosenOutcome::Pass));
    runtime.block_on(async {
        phone.log_in(&region, "green").await;
        phone.consent().await;
        phone.terminal.apply().await?;
        phone.terminal.face_check().await
    })?;

    let (bytes_before, before) = (tap.bytes(), tap.exchanges().len());
    let refreshed = runtime.block_on(phone.terminal.refresh())?;
    if refreshed.hours_added != 24 {
        return Err(format!("{refreshed:?} is not a refresh of 24 hours").into());
    }
    let (whole, exchanges) = (tap.bytes() - bytes_before, tap.exchanges());
    let codes = exchanges
        .iter()
        .find(|exchange| exchange.line().starts_with("POST /v1/codes "))
        .ok_or("no code was asked for")?;

    let bytes_before_showing = tap.bytes();
    let path = phone.folder.path();
    let keys = KeyFile::new(&path.join("keys.json"))?;
    let shown = show_code(&path.join("store"), &keys, &SystemClocks, &SystemClocks)?;
    let showing = tap.bytes() - bytes_before_showing;

    println!("{}", markdown_head());
    let mut rows = vec![
        size(
            "24 hours signed: request and answer, heads included",
            codes.bytes(),
            REFRESH,
        ),
        size(
            "the first refresh, whole: trust, time, notices, 24 hours, reasons",
            whole,
            REFRESH,
        ),
    ];
    // A second refresh finds nothing new in the trust files.
    let again = tap.bytes();
    runtime.block_on(phone.terminal.refresh())?;
    rows.push(size(
        "a refresh that finds everything signed, whole",
        tap.bytes() - again,
        REFRESH,
    ));
    for row in rows {
        println!("{}", row.markdown());
    }
    println!("\none showing of the code, on the wire: {showing} bytes (limit: 0)");
    println!("\n| exchange of the first refresh | request | answer |\n|---|---|---|");
    for exchange in exchanges.iter().skip(before) {
        println!(
            "| {} | {} B | {} B |",
            exchange.line().trim_end_matches(" HTTP/1.1"),
            exchange.request.len(),
            exchange.response.len()
        );
    }
    println!("\n| live code | characters | QR version, level M |\n|---|---|---|");
    for (what, name, visible) in [
        ("shortest mask, `王*`", "王*", "112X"),
        ("longest mask, 24 bytes", "王*********************", "112X"),
    ] {
        let (characters, version) = code(name, visible)?;
        println!("| {what} | {characters} | {version} |");
    }
    let version = QrMatrix::alphanumeric(&shown.text, 40)?.version();
    println!(
        "| as shown by this phone | {} | {version} |",
        shown.text.len()
    );
    Ok(())
}
