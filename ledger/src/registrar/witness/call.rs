//! One question to a witness over HTTP: bounded in time and in bytes, and never redirected.

use std::time::Duration;

use crate::log::witness::{Answer, CALL, MAX_ANSWER, TEXT_TYPE};

/// How long a witness may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// An answer, and its bytes as they came.
pub(super) struct Told {
    pub(super) answer: Answer,
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// Who asks. A redirection is taken for an answer: the policy names the address, and nobody else.
#[derive(Clone)]
pub(super) struct Caller(ureq::Agent);

impl Default for Caller {
    fn default() -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false);
        Self(agent.build().new_agent())
    }
}

impl Caller {
    /// Sends a request to the witness of that submission prefix; waits for the network.
    pub(super) fn ask(&self, prefix: &str, request: &[u8]) -> Result<Told, String> {
        let url = format!("{}/{CALL}", prefix.trim_end_matches('/'));
        let sent = self.0.post(&url).content_type(TEXT_TYPE).send(request);
        let mut sent = sent.map_err(|error| format!("il ne répond pas : {error}"))?;
        let status = sent.status().as_u16();
        let kind = sent.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let kind = kind.map(str::to_owned);
        let limit = u64::try_from(MAX_ANSWER).unwrap_or(u64::MAX).saturating_add(1);
        let body = sent.body_mut().with_config().limit(limit).read_to_vec();
        let body = body.map_err(|error| format!("sa réponse est coupée : {error}"))?;
        let answer = Answer::from_http(status, kind.as_deref(), &body);
        let answer = answer.map_err(|error| format!("sa réponse est illisible : {error}"))?;
        Ok(Told { answer, status, body })
    }
}
