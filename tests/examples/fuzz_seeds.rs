//! Writes good inputs for each fuzz target into a folder, so that fuzzing begins behind the door and
//! not in front of it: `cargo run --package liangma-tests --example fuzz_seeds -- FOLDER`.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use liangma_credential::{
    BatchId, EvidenceBatch, FaceOutcome, Pseudonym, Receipt, ReceiptBinding, base45,
};
use liangma_crypto::{SigningKey, Suite, testing::SeededRandomness};
use liangma_wire::code::{MakeCodeRequest, MakeCodeResponse};
use serde_json::Value;

struct Seeds {
    folder: PathBuf,
    count: usize,
}

impl Seeds {
    fn add(&mut self, target: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        self.count += 1;
        fs::write(folder.join(format!("seed-{:04}", self.count)), bytes)?;
        Ok(())
    }

    /// Every text of a code that occurs anywhere in a file of vectors.
    fn add_texts(&mut self, value: &Value) -> Result<(), Box<dyn Error>> {
        match value {
            Value::String(text) => self.add_text(text),
            Value::Array(values) => values.iter().try_for_each(|value| self.add_texts(value)),
            Value::Object(fields) => fields.values().try_for_each(|value| self.add_texts(value)),
            _ => Ok(()),
        }
    }

    fn add_text(&mut self, text: &str) -> Result<(), Box<dyn Error>> {
        let Some((prefix @ ("LM1" | "LMP1" | "LMV1"), body)) = text.split_once(':') else {
            return Ok(());
        };
        self.add("live_code", text.as_bytes())?;
        self.add("base45", body.as_bytes())?;
        let Ok(bytes) = base45::decode(body) else {
            return Ok(());
        };
        match prefix {
            "LMP1" => self.add("paper_code", &bytes),
            "LMV1" => self.add("venue_code", &bytes),
            _ => {
                // A live code is an array whose first element is the credential.
                let mut decoder = minicbor::Decoder::new(&bytes);
                if decoder.array().is_ok()
                    && let Ok(start) = decoder.skip().map(|()| decoder.position())
                    && let Some(credential) = bytes.get(1..start)
                {
                    self.add("credential", credential)?;
                }
                Ok(())
            }
        }
    }

    fn add_file(&mut self, target: &str, path: &Path) -> Result<(), Box<dyn Error>> {
        self.add(target, &fs::read(path)?)
    }
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn receipt(outcome: FaceOutcome) -> Receipt {
    Receipt {
        binding: ReceiptBinding {
            provider: "provider".into(),
            audience: "platform".into(),
            ticket: "ticket".into(),
            nonce: [1; 32],
            subject: Pseudonym([2; 32]),
            requester: Pseudonym([3; 32]),
            purpose: "application".into(),
            request_hash: [4; 32],
            device_key: [5; 32],
            challenge: [6; 32],
        },
        outcome,
        issued: Timestamp::UNIX_EPOCH,
        expires: Timestamp::UNIX_EPOCH + SignedDuration::from_mins(5),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os()
        .nth(1)
        .ok_or("name the folder to write the seeds to")?;
    let mut seeds = Seeds {
        folder: folder.into(),
        count: 0,
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in json_files(&root.join("tests/vectors"))? {
        let vectors: Value = serde_json::from_slice(&fs::read(file)?)?;
        seeds.add_texts(&vectors)?;
        if let Some(files) = vectors.get("files").and_then(Value::as_object) {
            for file in files.values().filter_map(Value::as_str) {
                seeds.add("trust_file", &HEXLOWER.decode(file.as_bytes())?)?;
            }
        }
        for case in vectors
            .get("cases")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(statement) = case.get("statement").and_then(Value::as_str) {
                seeds.add("time_statement", &HEXLOWER.decode(statement.as_bytes())?)?;
            }
        }
    }
    for (target, folder) in [
        ("rule_pack", "core/domain/packs"),
        ("region_profile", "core/domain/profiles"),
        ("evidence", "simulator/examples"),
    ] {
        for file in json_files(&root.join(folder))? {
            seeds.add_file(target, &file)?;
        }
    }
    seeds.add_file("standard", &root.join("ui-spec/standard.json"))?;

    let key = SigningKey::generate(Suite::P256, &SeededRandomness::new(1))?;
    for outcome in [FaceOutcome::Passed, FaceOutcome::TimedOut] {
        seeds.add("receipt", &receipt(outcome).sign(&key)?)?;
    }
    let batch = EvidenceBatch {
        id: BatchId([7; 16]),
        authority: "health".into(),
        principal: "clerk".into(),
        issued: Timestamp::UNIX_EPOCH,
        body: b"[]".to_vec(),
    };
    seeds.add("evidence_batch", batch.sign(&key)?.bytes())?;
    let request = MakeCodeRequest {
        first_recall_key: Some([8; 16]),
        strip_begins: 480_000,
        first_hour: 480_000,
        anchors: vec![9; 48],
    };
    seeds.add("make_code", &minicbor::to_vec(&request)?)?;
    let response = MakeCodeResponse {
        first_hour: 480_000,
        credentials: vec![vec![1; 3].into()],
        health_version: 4,
    };
    seeds.add("make_code", &minicbor::to_vec(&response)?)?;
    for text in [
        "11010519491231002X",
        "911124198108030024",
        "810000199408230021",
        "GBR 123456789",
        "CHN-E12345678",
        "H12345678",
        "12345678",
        "阿卜杜拉·买买提",
        "JOHN O'NEIL SMITH",
        "13800138000",
        "古***·阿**",
    ] {
        seeds.add("identity", text.as_bytes())?;
    }
    Ok(())
}
