//! Check characters.

/// Whether the last of 18 characters is the check character of the 17 digits before it
/// (ISO 7064 MOD 11-2, as GB 11643 uses it).
///
/// The sum with the weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2 1 leaves 1 on division by 11,
/// `X` counting ten; every wrong character and every swap of two unlike neighbours changes it.
pub(super) fn is_identity_check_right(number: &[u8]) -> bool {
    let Some((last, digits)) = number.split_last() else {
        return false;
    };
    let sum = digits
        .iter()
        .fold(0_u32, |sum, digit| (sum + u32::from(digit & 0x0f)) * 2 % 11);
    let check = if *last == b'X' {
        10
    } else {
        u32::from(last & 0x0f)
    };
    (sum + check) % 11 == 1
}

/// Whether `check` is the check digit of a passport number of up to nine capital letters and digits
/// (ICAO 9303 part 3, 4.9: weights 7 3 1; letters count 10 to 35; missing characters count nothing).
pub(super) fn is_passport_check_right(number: &[u8], check: u8) -> bool {
    let sum: u32 = number
        .iter()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(character, weight)| {
            let value = match character {
                b'0'..=b'9' => character - b'0',
                b'A'..=b'Z' => character - b'A' + 10,
                _ => 0,
            };
            u32::from(value) * weight
        })
        .sum();
    check.is_ascii_digit() && sum % 10 == u32::from(check - b'0')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The table as GB 11643 prints it; the product code uses the recurrence instead.
    fn check_by_weights(digits: &[u8]) -> u8 {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: usize = digits
            .iter()
            .zip(weights)
            .map(|(d, w)| usize::from(d - b'0') * w)
            .sum();
        b"10X98765432"[sum % 11]
    }

    #[rstest]
    #[case(b"11010519491231002")]
    #[case(b"91112419810803002")]
    #[case(b"44052419000101001")]
    #[case(b"00000000000000000")]
    #[case(b"99999999999999999")]
    fn the_recurrence_agrees_with_the_printed_weights(#[case] digits: &[u8; 17]) {
        let right = check_by_weights(digits);
        for check in *b"0123456789X" {
            let number = [digits.as_slice(), &[check]].concat();
            assert_eq!(is_identity_check_right(&number), check == right);
        }
    }

    // The specimen of ICAO 9303 part 4, and its example AB2134.
    #[rstest]
    #[case(b"L898902C3", b'6')]
    #[case(b"AB2134", b'5')]
    fn passport_checks_agree_with_icao(#[case] number: &[u8], #[case] right: u8) {
        for check in b'0'..=b'9' {
            assert_eq!(is_passport_check_right(number, check), check == right);
        }
        assert!(!is_passport_check_right(number, b'<'));
    }
}
