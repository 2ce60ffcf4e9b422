//! The queue's protocol: sign in, submit.

use std::time::Duration;

use actix_web::{
    http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE},
    rt::time::timeout,
};
use awc::{Client, Connector, error::SendRequestError};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use xblock::UploadedFile;

use super::{XQueue, form};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// Most bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 << 10;
/// Most characters of what the queue says that are kept.
const LONGEST_MESSAGE: usize = 200;

/// Why a submission could not be delivered, in words for learners.
#[derive(Debug, Error)]
pub(super) enum DeliveryError {
    /// There is nobody at the address.
    #[error("cannot connect to server")]
    Unreachable,
    /// It did not answer in time.
    #[error("the grader did not answer in time")]
    Slow,
    /// It answered with an error.
    #[error("unexpected HTTP status code [{0}]")]
    Status(u16),
    /// Its answer is none of the protocol.
    #[error("unexpected reply from server")]
    Unreadable,
    /// It does not let this server in.
    #[error("this server may not use the grader")]
    NotLetIn,
    /// It does not take the submission.
    #[error("{0}")]
    Refused(String),
}

/// An answer of the queue.
#[derive(Deserialize)]
struct Answer {
    return_code: i64,
    #[serde(default)]
    content: Value,
}

impl Answer {
    fn wants_login(&self) -> bool {
        self.return_code != 0 && self.content == "login_required"
    }

    fn message(&self) -> String {
        let text = match &self.content {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        text.chars().take(LONGEST_MESSAGE).collect()
    }
}

impl XQueue {
    /// Submits, and returns what the queue says: how many submissions wait there.
    pub(super) async fn submit(
        &self,
        header: &str,
        body: &str,
        files: &[UploadedFile],
        boundary: &str,
    ) -> Result<String, DeliveryError> {
        let fields = [("xqueue_header", header), ("xqueue_body", body)];
        let form = form::multipart(&fields, files, boundary);
        let media_type = format!("multipart/form-data; boundary={boundary}");
        timeout(self.config.patience, self.submit_form(form, &media_type))
            .await
            .map_err(|_| DeliveryError::Slow)?
    }

    async fn submit_form(&self, form: Vec<u8>, media_type: &str) -> Result<String, DeliveryError> {
        let connector = Connector::new().timeout(CONNECT);
        let client =
            Client::builder().connector(connector).timeout(self.config.patience).disable_redirects().finish();
        let submit = async |session: &str| -> Result<Answer, DeliveryError> {
            let (answer, _) = self.post(&client, "submit", media_type, session, form.clone()).await?;
            Ok(answer)
        };
        let kept = self.session();
        let mut answer = match &kept {
            Some(session) => submit(session).await?,
            None => submit(&self.login(&client).await?).await?,
        };
        // Sessions end.
        if kept.is_some() && answer.wants_login() {
            answer = submit(&self.login(&client).await?).await?;
        }
        match answer {
            answer if answer.wants_login() => Err(DeliveryError::NotLetIn),
            Answer { return_code: 0, .. } => Ok(answer.message()),
            answer => Err(DeliveryError::Refused(answer.message())),
        }
    }

    /// Signs in and keeps the session, as the value of a `Cookie` header; without a user name there is none.
    async fn login(&self, client: &Client) -> Result<String, DeliveryError> {
        let Some((username, password)) = &self.config.account else { return Ok(String::new()) };
        let form = form::encoded(&[("username", username), ("password", password)]);
        let media_type = "application/x-www-form-urlencoded";
        let (answer, session) = self.post(client, "login", media_type, "", form.into_bytes()).await?;
        if answer.return_code != 0 {
            return Err(DeliveryError::NotLetIn);
        }
        self.keep_session(&session);
        Ok(session)
    }

    /// Posts a form; returns the answer and the cookies that came with it.
    async fn post(
        &self,
        client: &Client,
        what: &str,
        media_type: &str,
        session: &str,
        form: Vec<u8>,
    ) -> Result<(Answer, String), DeliveryError> {
        let mut request = client.post(format!("{}/xqueue/{what}/", self.config.url));
        request = request.insert_header((CONTENT_TYPE, media_type));
        if !session.is_empty() {
            request = request.insert_header((COOKIE, session));
        }
        let mut response = request.send_body(form).await.map_err(|error| match error {
            SendRequestError::Timeout => DeliveryError::Slow,
            _ => DeliveryError::Unreachable,
        })?;
        if !response.status().is_success() {
            return Err(DeliveryError::Status(response.status().as_u16()));
        }
        let cookies = response.headers().get_all(SET_COOKIE).filter_map(|cookie| cookie.to_str().ok());
        let cookies: Vec<_> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
        let session = cookies.join("; ");
        let body = response.body().limit(ANSWER_BYTES).await.map_err(|_| DeliveryError::Unreadable)?;
        let answer = serde_json::from_slice(&body).map_err(|_| DeliveryError::Unreadable)?;
        Ok((answer, session))
    }
}
