//! Signed things: handler tokens, JSON Web Tokens and the keys behind them.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;

/// Seconds for which a handler token's index stays the same (xblock-rest-api §2.4).
const PERIOD: i64 = 172_800;
/// Hex digits of a handler token.
const TOKEN_LENGTH: usize = 20;
/// Longest JSON Web Token that is looked at, in bytes.
const LONGEST_JWT: usize = 8 * 1024;

fn hmac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length, so this cannot fail.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()));
    mac.update(message);
    mac
}

/// Returns 32 hex digits that only the holder of the key can make of a text.
pub fn keyed_id(key: &[u8], text: &str) -> String {
    let mut id = hex::encode(hmac(key, text.as_bytes()).finalize().into_bytes());
    id.truncate(32);
    id
}

/// Returns whether two texts are equal, in time that depends on the length only.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0u8, |diff, (x, y)| diff | (x ^ y)) == 0
}

/// The keys handler tokens are signed with (xblock-rest-api §2.4): the first one signs, any one validates.
#[derive(Clone)]
pub struct HandlerKeys(Vec<Vec<u8>>);

impl fmt::Debug for HandlerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandlerKeys({} keys)", self.0.len())
    }
}

impl HandlerKeys {
    /// Returns the keys; the secret key stands in when the list is empty.
    pub fn new(keys: &[String], secret_key: &str) -> Self {
        if keys.is_empty() {
            HandlerKeys(vec![secret_key.as_bytes().to_vec()])
        } else {
            HandlerKeys(keys.iter().map(|k| k.as_bytes().to_vec()).collect())
        }
    }

    /// Returns the token of a learner for a usage key (text, without version) at a time (Unix seconds):
    /// 20 lower-case hex digits, valid for two to four days.
    pub fn sign(&self, learner: &str, usage: &str, now: i64) -> String {
        token(&self.0[0], now.div_euclid(PERIOD), learner, usage)
    }

    /// Returns whether a token is one of this learner for this usage key now. All keys and both periods are
    /// always tried, so that the time taken tells nothing.
    pub fn verify(&self, given: &str, learner: &str, usage: &str, now: i64) -> bool {
        let index = now.div_euclid(PERIOD);
        let mut valid = false;
        for key in &self.0 {
            for index in [index, index - 1] {
                valid |= same(token(key, index, learner, usage).as_bytes(), given.as_bytes());
            }
        }
        valid
    }
}

fn token(key: &[u8], index: i64, learner: &str, usage: &str) -> String {
    let message = format!("{index}:{learner}:{usage}");
    let mut digest = hex::encode(hmac(key, message.as_bytes()).finalize().into_bytes());
    digest.truncate(TOKEN_LENGTH);
    digest
}

/// What a JSON Web Token says of its bearer; the claims Open edX issues.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Stable opaque id; used when `user_id` is absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sub: String,
    /// The LMS's user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u64>,
    /// User name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preferred_username: String,
    /// Full name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// E-mail.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Global staff.
    #[serde(default, skip_serializing_if = "is_false")]
    pub administrator: bool,
    /// May create courses, and so read libraries that allow it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub course_creator: bool,
    /// Unix seconds after which the token is void.
    pub exp: i64,
    /// Unix seconds before which it is not valid yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
}

fn is_false(b: &bool) -> bool {
    !b
}

/// Why a JSON Web Token is refused. The text is safe to show.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TokenError {
    /// It is not three base64url parts of JSON.
    #[error("The token cannot be read.")]
    Malformed,
    /// It is not signed with HS256.
    #[error("The token's algorithm is not supported; HS256 is.")]
    Algorithm,
    /// The signature does not fit.
    #[error("The token's signature is not valid.")]
    Signature,
    /// Its time is over, or has not come.
    #[error("The token has expired or is not valid yet.")]
    Expired,
    /// It names nobody.
    #[error("The token names no user.")]
    Nobody,
}

/// Returns a signed token (HS256) with the given claims.
pub fn sign_jwt(key: &[u8], claims: &Claims) -> String {
    let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    // Claims are plain texts and numbers, which always serialise.
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap_or_default());
    let mut text = format!("{header}.{body}");
    let signature = hmac(key, text.as_bytes()).finalize().into_bytes();
    text.push('.');
    text.push_str(&URL_SAFE_NO_PAD.encode(signature));
    text
}

/// Checks a token against the keys, any of which may have signed it, and returns its claims.
pub fn verify_jwt(keys: &[Vec<u8>], text: &str, now: i64) -> Result<Claims, TokenError> {
    #[derive(Deserialize)]
    struct Header {
        alg: String,
    }
    if text.len() > LONGEST_JWT {
        return Err(TokenError::Malformed);
    }
    let (signed, signature) = text.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, body) = signed.split_once('.').ok_or(TokenError::Malformed)?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed);
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| TokenError::Malformed)?;
    if header.alg != "HS256" {
        return Err(TokenError::Algorithm);
    }
    let signature = decode(signature)?;
    let mut valid = false;
    for key in keys {
        valid |= same(&hmac(key, signed.as_bytes()).finalize().into_bytes(), &signature);
    }
    if !valid {
        return Err(TokenError::Signature);
    }
    let claims: Claims = serde_json::from_slice(&decode(body)?).map_err(|_| TokenError::Malformed)?;
    if claims.exp <= now || claims.nbf.is_some_and(|nbf| nbf > now) {
        return Err(TokenError::Expired);
    }
    if claims.user_id.is_none() && !is_learner_id(&claims.sub) {
        return Err(TokenError::Nobody);
    }
    Ok(claims)
}

/// Checks a token as [`verify_jwt`] does and that it is one of a person: the token that keeps an anonymous
/// learner's id is signed with the same keys and must not open an account.
pub fn verify_person(keys: &[Vec<u8>], text: &str, now: i64) -> Result<Claims, TokenError> {
    let claims = verify_jwt(keys, text, now)?;
    if claims.user_id.is_none() && claims.sub.starts_with("anon") {
        return Err(TokenError::Nobody);
    }
    Ok(claims)
}

/// Returns whether a text can be a learner id: 1 to 64 ASCII letters, digits and `_`, which is what fits into
/// a handler URL without ambiguity.
pub fn is_learner_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    // The first case comes from a test of the reference, the others follow the same formula
    // (xblock-rest-api §2.4).
    const CASES: [(&str, i64, &str, &str, &str, &str); 4] = [
        (
            "some_hashing_key",
            1_611_705_600,
            "12345",
            "some_block_key",
            "de8399a51fef6aa7584a",
            "f3b5d92b8ca2934009e4",
        ),
        (
            "test-key-1",
            1_735_689_600,
            "7",
            "lb:Org1:lib1:html:intro",
            "94da310cd3349260bc3b",
            "be0327a55ddd6f67664f",
        ),
        (
            "test-key-1",
            1_735_689_600,
            "anon0123456789abcdef0123",
            "lb:Org1:lib1:html:intro",
            "c4857728ca906d955384",
            "2988ba155c16a6717b05",
        ),
        (
            "clé-ü",
            1_735_689_600,
            "42",
            "lb:CL-TEST:téstlꜟط:problem:problem1",
            "0187267507a60a423125",
            "d7d0163ae913817007d4",
        ),
    ];

    #[test]
    fn signs_as_the_recorded_cases() {
        for (key, now, learner, usage, token, previous) in CASES {
            let keys = HandlerKeys::new(&[key.to_owned()], "");
            assert_eq!(keys.sign(learner, usage, now), token);
            assert_eq!(keys.sign(learner, usage, now - PERIOD), previous);
            assert!(keys.verify(previous, learner, usage, now), "the previous period is accepted");
            assert!(!keys.verify(token, "8", usage, now), "another learner's token");
            assert!(!keys.verify(token, learner, "lb:Org1:lib1:html:other", now), "another block's token");
            assert!(!keys.verify(&token.to_uppercase(), learner, usage, now));
            assert!(!keys.verify("", learner, usage, now));
        }
    }

    #[test]
    fn tokens_live_two_to_four_days() {
        let keys = HandlerKeys::new(&[], "k");
        let start = PERIOD * 10_000;
        // (issued at this offset in the period, checked after so many seconds, valid)
        for (offset, after, valid) in [
            (20, 345_579, true),
            (20, 345_581, false),
            (172_780, 172_819, true),
            (172_780, 172_821, false),
            (134_798, -432_000, false),
        ] {
            let token = keys.sign("7", "lb:a:b:c:d", start + offset);
            assert_eq!(
                keys.verify(&token, "7", "lb:a:b:c:d", start + offset + after),
                valid,
                "{offset} {after}"
            );
        }
    }

    #[test]
    fn any_listed_key_validates_and_the_secret_only_without_a_list() {
        let old = HandlerKeys::new(&["baseline_key".to_owned()], "");
        let token = old.sign("7", "u", 0);
        let rotated = HandlerKeys::new(&["new token key".to_owned(), "baseline_key".to_owned()], "");
        assert!(rotated.verify(&token, "7", "u", 0));
        let fresh = HandlerKeys::new(&["new token key".to_owned()], "").sign("7", "u", 0);
        assert!(!HandlerKeys::new(&[], "baseline_key").verify(&fresh, "7", "u", 0));
    }

    #[test]
    fn jwt_round_trip_and_refusals() {
        let claims = Claims { user_id: Some(7), exp: 100, ..Claims::default() };
        let text = sign_jwt(b"key", &claims);
        let keys = [b"other".to_vec(), b"key".to_vec()];
        assert_eq!(verify_jwt(&keys, &text, 99), Ok(claims.clone()));
        assert_eq!(verify_jwt(&keys, &text, 100), Err(TokenError::Expired));
        assert_eq!(verify_jwt(&keys[..1], &text, 99), Err(TokenError::Signature));
        let body = text.split('.').nth(1).unwrap_or_default();
        let none = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(br#"{"alg":"none"}"#));
        assert_eq!(verify_jwt(&keys, &none, 99), Err(TokenError::Algorithm));
        for bad in ["", ".", "..", "a.b.c", "é.é.é"] {
            assert_eq!(verify_jwt(&keys, bad, 99), Err(TokenError::Malformed), "{bad}");
        }
        let of = |sub: &str| sign_jwt(b"key", &Claims { sub: sub.to_owned(), exp: 100, ..Claims::default() });
        assert_eq!(verify_jwt(&keys, &of("a b"), 99), Err(TokenError::Nobody));
        let anonymous = of("anon0123456789abcdef0123");
        assert!(verify_jwt(&keys, &anonymous, 99).is_ok());
        assert_eq!(verify_person(&keys, &anonymous, 99), Err(TokenError::Nobody));
        assert_eq!(verify_person(&keys, &text, 99), Ok(claims));
    }
}
