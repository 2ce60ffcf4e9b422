//! Who is asking: a JSON Web Token, a signed session cookie, or nobody with an id of their own.

use std::{slice::from_ref, sync::Arc};

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    http::{Method, header},
};
use learner::LearnerId;
use xblock::{LearnerInfo, Site};

use crate::{
    app::App,
    clock::random_hex,
    http::error::{ApiError, Code},
    token::{Claims, is_learner_id, sign_jwt, verify_jwt, verify_person},
};

/// Name of the cookie of people who signed in.
///
/// Browsers keep cookies by host, whatever the port: with one name, signing in on one site of a host would sign
/// somebody else out of the other.
pub fn session_cookie(site: Site) -> &'static str {
    match site {
        Site::Learn => "exedra_session",
        Site::Studio => "exedra_studio_session",
    }
}
/// Name of the cookie that keeps an anonymous learner's id.
pub const ANONYMOUS_COOKIE: &str = "exedra_anonymous";
/// Seconds a session lasts.
pub const SESSION_SECONDS: i64 = 14 * 24 * 3600;

/// How the caller was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// `Authorization` header.
    Header,
    /// Session cookie.
    Session,
    /// A token in a handler URL.
    HandlerToken,
    /// Not at all.
    Nobody,
}

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Rights-relevant facts.
    pub who: learning_context::Caller,
    /// What blocks may know.
    pub info: LearnerInfo,
    /// How the caller was recognised.
    pub via: Via,
    /// A cookie that must go out so that an anonymous learner keeps the id.
    pub set_cookie: Option<Cookie<'static>>,
}

impl Caller {
    /// Recognises the caller of a request. An `Authorization` header that does not hold is an error; a
    /// cookie that does not hold is as good as none.
    pub fn of(request: &HttpRequest, app: &App) -> Result<Caller, ApiError> {
        let now = app.clock.now().unix_timestamp();
        if let Some(value) = request.headers().get(header::AUTHORIZATION) {
            let token = value
                .to_str()
                .ok()
                .and_then(|v| v.strip_prefix("JWT ").or_else(|| v.strip_prefix("Bearer ")))
                .ok_or_else(|| {
                    ApiError::Unauthenticated("Use `Authorization: JWT <token>` or `Bearer <token>`.".into())
                })?;
            let claims = verify_person(&app.config.jwt_keys, token.trim(), now)
                .map_err(|e| ApiError::Unauthenticated(e.to_string()))?;
            return Ok(Caller::signed_in(app, &claims, Via::Header));
        }
        let session = request
            .cookie(session_cookie(app.site))
            .and_then(|c| verify_person(from_ref(&app.config.session_key), c.value(), now).ok());
        if let Some(claims) = session {
            check_origin(request, app)?;
            return Ok(Caller::signed_in(app, &claims, Via::Session));
        }
        let known = request
            .cookie(ANONYMOUS_COOKIE)
            .and_then(|c| verify_jwt(from_ref(&app.config.session_key), c.value(), now).ok())
            .filter(|claims| is_anonymous_id(&claims.sub));
        Ok(match known {
            Some(claims) => Caller::anonymous(app, claims.sub, None),
            None => {
                let id = format!("anon{}", random_hex(app.clock.as_ref(), 10));
                let claims = Claims { sub: id.clone(), exp: now + SESSION_SECONDS, ..Claims::default() };
                let value = sign_jwt(&app.config.session_key, &claims);
                Caller::anonymous(app, id, Some(cookie(ANONYMOUS_COOKIE, value, app)))
            }
        })
    }

    /// Returns a person who holds claims.
    pub fn signed_in(app: &App, claims: &Claims, via: Via) -> Caller {
        let id = claims.user_id.map_or_else(|| claims.sub.clone(), |id| id.to_string());
        if matches!(via, Via::Header | Via::Session) {
            remember(app, &id, claims);
        }
        let anonymous_id = app.anonymous_id(&id);
        Caller {
            who: learning_context::Caller {
                id: id.clone(),
                anonymous: false,
                staff: claims.administrator,
                active: true,
                course_creator: claims.course_creator,
            },
            info: LearnerInfo {
                id,
                anonymous: false,
                staff: claims.administrator,
                full_name: claims.name.clone(),
                email: claims.email.clone(),
                anonymous_id,
            },
            via,
            set_cookie: None,
        }
    }

    /// Returns an anonymous learner.
    pub fn anonymous(app: &App, id: String, set_cookie: Option<Cookie<'static>>) -> Caller {
        Caller {
            who: learning_context::Caller {
                id: id.clone(),
                anonymous: true,
                staff: false,
                active: false,
                course_creator: false,
            },
            info: LearnerInfo {
                anonymous_id: app.anonymous_id(&id),
                id,
                anonymous: true,
                ..LearnerInfo::default()
            },
            via: Via::Nobody,
            set_cookie,
        }
    }

    /// Returns the learner whose id and token stand in a handler URL (xblock-rest-api §2.4, steps 4 to 6).
    pub fn of_handler_url(app: &App, learner: &str) -> Result<Caller, ApiError> {
        if is_anonymous_id(learner) {
            return Ok(Caller::anonymous(app, learner.to_owned(), None));
        }
        if !is_learner_id(learner) || learner.starts_with("anon") {
            return Err(ApiError::forbidden("Invalid user ID format."));
        }
        let claims = app
            .people
            .get(learner)
            .unwrap_or_else(|| Arc::new(Claims { sub: learner.to_owned(), ..Claims::default() }));
        Ok(Caller::signed_in(app, &claims, Via::HandlerToken))
    }

    /// Returns the learner's id.
    pub fn learner(&self) -> LearnerId {
        LearnerId(self.info.id.as_str().into())
    }

    /// Returns an error unless somebody is signed in.
    pub fn require_signed_in(&self) -> Result<(), ApiError> {
        if self.info.anonymous {
            return Err(ApiError::Unauthenticated("Authentication credentials were not provided.".into()));
        }
        Ok(())
    }
}

/// Keeps what a token said of a person: handler URLs carry only the id, and their calls come from browsers that
/// need not hold a session here.
fn remember(app: &App, id: &str, claims: &Claims) {
    let known =
        app.people.get(id).is_some_and(|known| Claims { exp: claims.exp, ..(*known).clone() } == *claims);
    if !known {
        app.people.insert(id.to_owned(), Arc::new(claims.clone()));
    }
}

/// Returns whether a text is an anonymous id: `anon` and 20 lower-case hex digits.
pub fn is_anonymous_id(text: &str) -> bool {
    text.len() == 24
        && text
            .strip_prefix("anon")
            .is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

/// Returns a cookie of ours: not readable by scripts, not sent with other sites' posts.
pub fn cookie(name: &'static str, value: String, app: &App) -> Cookie<'static> {
    let secure =
        app.config.learn_url.starts_with("https://") && app.config.studio_url.starts_with("https://");
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(secure)
        // Framed by an LMS of another site, pages need their cookie; browsers allow that over TLS only.
        .same_site(if secure && !app.config.frame_origins.is_empty() {
            SameSite::None
        } else {
            SameSite::Lax
        })
        .max_age(Duration::seconds(SESSION_SECONDS))
        .finish()
}

/// Refuses unsafe requests that carry a session from another origin.
fn check_origin(request: &HttpRequest, app: &App) -> Result<(), ApiError> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let Some(origin) = request.headers().get(header::ORIGIN).and_then(|v| v.to_str().ok()) else {
        return Ok(());
    };
    let own = [&app.config.learn_url, &app.config.studio_url].iter().any(|root| root.as_str() == origin)
        || request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).is_some_and(|host| {
            origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == Some(host)
        });
    if own {
        return Ok(());
    }
    Err(ApiError::problem(Code::CrossOrigin, format!("'{origin}' may not send requests with this session.")))
}
