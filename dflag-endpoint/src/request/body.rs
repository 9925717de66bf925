//! Reading a body, within the limits of size, time and memory.
//!
//! A short body costs a connection about as much as its headers. Only a limited number of longer bodies, and of those
//! that do not declare their length, is read at a time: the others wait on the client's side.

use std::mem;
use std::sync::Arc;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::limits::{BODY_BYTES, BODY_TIMEOUT, FORM_TOKEN_BYTES, LONG_BODIES};
use crate::response::Rejection;

/// A permit for each long body that may be in memory at a time.
#[derive(Clone, Debug)]
pub(crate) struct LongBodies(Arc<Semaphore>);

impl Default for LongBodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LONG_BODIES)))
    }
}

impl LongBodies {
    async fn permit(&self) -> Result<OwnedSemaphorePermit, Rejection> {
        let permit = timeout(BODY_TIMEOUT, Arc::clone(&self.0).acquire_owned()).await;
        permit.ok().and_then(Result::ok).ok_or_else(|| {
            let error = format!(
                "{LONG_BODIES} bodies of more than {FORM_TOKEN_BYTES} bytes are being read; try again later, or send less"
            );
            Rejection::new(StatusCode::SERVICE_UNAVAILABLE, error).retry_after(BODY_TIMEOUT)
        })
    }
}

/// Rejects a body that is too long by its own account, before any of it is read.
pub(crate) fn check_declared_length(headers: &HeaderMap) -> Result<(), Rejection> {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length.map(usize::try_from) {
        Some(Ok(0..=BODY_BYTES)) | None => Ok(()),
        Some(_) => Err(too_long()),
    }
}

fn too_long() -> Rejection {
    Rejection::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body has more than {BODY_BYTES} bytes"),
    )
}

/// A body of which a part has been read.
pub(crate) struct PartialBody {
    stream: BodyDataStream,
    bytes: Vec<u8>,
    is_complete: bool,
    /// The declared length; `None` if it is not known.
    length: Option<usize>,
    deadline: Instant,
}

/// A whole body. While it is in memory, it counts as one of the long ones if it is.
pub(crate) struct WholeBody {
    pub(crate) bytes: Vec<u8>,
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

impl PartialBody {
    /// Nothing is read yet, and a client that waits for `100 Continue` has not got it.
    pub(crate) fn new(body: Body) -> Self {
        let length = body.size_hint().upper();
        Self {
            length: length.and_then(|length| usize::try_from(length).ok()),
            stream: body.into_data_stream(),
            bytes: Vec::new(),
            is_complete: false,
            deadline: Instant::now() + BODY_TIMEOUT,
        }
    }

    /// The first [`FORM_TOKEN_BYTES`], or all if there are fewer, and whether they are all.
    pub(crate) async fn head(&mut self) -> Result<(&[u8], bool), Rejection> {
        self.read_until(FORM_TOKEN_BYTES).await?;
        Ok(match self.bytes.get(..FORM_TOKEN_BYTES) {
            Some(head) => (head, self.is_complete && head.len() == self.bytes.len()),
            None => (&self.bytes, self.is_complete),
        })
    }

    /// The whole body, if all of it has been read.
    pub(crate) fn complete(&self) -> Option<&[u8]> {
        self.is_complete.then_some(&*self.bytes)
    }

    /// The whole body. A long one waits for its turn, which does not count as the client's time.
    pub(crate) async fn whole(mut self, long: &LongBodies) -> Result<WholeBody, Rejection> {
        let mut permit = None;
        let is_short = self.length.is_some_and(|length| length <= FORM_TOKEN_BYTES);
        if !is_short && !self.is_complete {
            let start = Instant::now();
            permit = Some(long.permit().await?);
            self.deadline += start.elapsed();
            let rest = self.length.unwrap_or_default().min(BODY_BYTES);
            self.bytes
                .reserve_exact(rest.saturating_sub(self.bytes.len()));
        }
        self.read_until(usize::MAX).await?;
        Ok(WholeBody {
            bytes: mem::take(&mut self.bytes),
            permit,
        })
    }

    /// Reads until there are more than `length` bytes, or the body ends.
    async fn read_until(&mut self, length: usize) -> Result<(), Rejection> {
        while !self.is_complete && self.bytes.len() <= length {
            let next = timeout_at(self.deadline, self.stream.next()).await;
            let next = next.map_err(|_| {
                Rejection::new(StatusCode::REQUEST_TIMEOUT, "the body took too long")
            })?;
            match next {
                Some(Ok(data)) if self.bytes.len() + data.len() > BODY_BYTES => {
                    return Err(too_long());
                }
                Some(Ok(data)) => self.bytes.extend_from_slice(&data),
                Some(Err(_)) => return Err(Rejection::bad_request("the body ended too early")),
                None => self.is_complete = true,
            }
        }
        Ok(())
    }
}
