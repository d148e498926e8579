use ring::{digest, hmac};

/// SHA-256 over the parts laid end to end.
///
/// The parts are not separated: a caller whose parts vary in length has to say where they end.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finish()
}

/// SHA-256 of what comes piece by piece.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Sha256 {
    /// Of nothing so far.
    #[must_use]
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// And of this.
    pub fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// The hash of all of it.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sha256")
    }
}

/// HKDF with SHA-256 and no salt (RFC 5869), `info` being the parts laid end to end.
///
/// Outputs are limited to 255 blocks of 32 bytes; asking for more does not compile.
pub fn hkdf_sha256<const LENGTH: usize>(secret: &[u8], info: &[&[u8]], out: &mut [u8; LENGTH]) {
    HkdfSecret::new(secret).expand(info, out);
}

/// A secret from which HKDF with SHA-256 and no salt expands often: what is the same each time is done once.
#[derive(Clone)]
pub struct HkdfSecret(hmac::Key);

impl HkdfSecret {
    /// Extracts from a secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[]), secret);
        Self(hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref()))
    }

    /// What [`hkdf_sha256`] gives for the secret, `info` being the parts laid end to end.
    pub fn expand<const LENGTH: usize>(&self, info: &[&[u8]], out: &mut [u8; LENGTH]) {
        const { assert!(LENGTH <= 255 * 32, "RFC 5869 ends at 255 blocks") };
        let mut previous: Option<hmac::Tag> = None;
        for (block, counter) in out.chunks_mut(32).zip(1u8..=255) {
            let mut context = hmac::Context::with_key(&self.0);
            if let Some(tag) = &previous {
                context.update(tag.as_ref());
            }
            for part in info {
                context.update(part);
            }
            context.update(&[counter]);
            let tag = context.sign();
            block.copy_from_slice(&tag.as_ref()[..block.len()]);
            previous = Some(tag);
        }
    }
}

impl std::fmt::Debug for HkdfSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("HkdfSecret([hidden])")
    }
}

/// Compares without the time taken telling where the difference is. Lengths are not secret.
#[must_use]
pub fn constant_time_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let difference = a
        .iter()
        .zip(b)
        .fold(0u8, |difference, (a, b)| difference | (a ^ b));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn parts_hash_like_the_whole() {
        assert_eq!(
            HEXLOWER.encode(&sha256(&[b"a", b"", b"bc"])),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn hkdf_agrees_with_rfc_5869_test_case_3() {
        let mut out = [0; 42];
        hkdf_sha256(&[0x0b; 22], &[], &mut out);
        assert_eq!(
            HEXLOWER.encode(&out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        );
    }

    #[test]
    fn hkdf_takes_its_info_in_parts() {
        let (mut whole, mut parts) = ([0; 70], [0; 70]);
        hkdf_sha256(b"secret", &[b"LM1-seed\0\0\0\x01"], &mut whole);
        hkdf_sha256(b"secret", &[b"LM1-seed", &1u32.to_be_bytes()], &mut parts);
        assert_eq!(whole, parts);
    }

    #[test]
    fn comparison_sees_every_byte_and_the_length() {
        assert!(constant_time_equal(b"same", b"same"));
        assert!(constant_time_equal(b"", b""));
        assert!(!constant_time_equal(b"same", b"sam"));
        for at in 0..16 {
            let mut other = [7u8; 16];
            other[at] ^= 0x80;
            assert!(!constant_time_equal(&[7; 16], &other), "byte {at}");
        }
    }
}
