//! The witness over HTTP: one call, bounded in bytes, in time and in connections.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep, timeout};

use super::WitnessService;
use crate::log::witness::{Answer, CALL, MAX_REQUEST};

/// What one caller may take of a witness.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long one request may take to arrive and be answered.
    pub request: Duration,
    /// How long one connection may live: a caller comes back with another.
    pub connection: Duration,
    /// Most connections at a time; the next ones wait.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            connection: Duration::from_secs(60),
            connections: 64,
        }
    }
}

/// The one call: `POST /add-checkpoint`.
pub fn router(witness: Arc<WitnessService>, limits: Limits) -> Router {
    Router::new()
        .route(&format!("/{CALL}"), post(add_checkpoint))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .layer(from_fn(move |request: Request, next: Next| {
            in_time(limits.request, next.run(request))
        }))
        .with_state(witness)
}

async fn in_time(most: Duration, answer: impl Future<Output = Response>) -> Response {
    match timeout(most, answer).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "408 too slow\n").into_response(),
    }
}

async fn add_checkpoint(State(witness): State<Arc<WitnessService>>, request: Bytes) -> Response {
    // On a thread of its own: it waits for the disk.
    let answered = tokio::task::spawn_blocking(move || witness.answer(&request)).await;
    let answer = answered.unwrap_or_else(|error| {
        tracing::error!(%error, "a request was not answered");
        Answer::Other { status: 503, why: "the witness failed".into() }
    });
    if let Answer::BadProof(why) | Answer::BadSignature(why) = &answer {
        tracing::warn!(status = answer.status(), why, "a request was refused");
    }
    let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let kind = [(header::CONTENT_TYPE, answer.content_type())];
    (status, kind, answer.body()).into_response()
}

/// Serves the witness on that listener until `stop` resolves.
///
/// # Errors
/// What the listener could not do.
pub async fn serve(
    listener: TcpListener,
    witness: Arc<WitnessService>,
    limits: Limits,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let free = Arc::new(Semaphore::new(limits.connections));
    let bounded = BoundedListener { listener, free, life: limits.connection };
    axum::serve(bounded, router(witness, limits)).with_graceful_shutdown(stop).await
}

/// A listener whose connections are few and end.
struct BoundedListener {
    listener: TcpListener,
    free: Arc<Semaphore>,
    life: Duration,
}

impl Listener for BoundedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = Arc::clone(&self.free).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Connection { stream, ends: Box::pin(sleep(self.life)), _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends at its time, whatever the other side does.
struct Connection {
    stream: TcpStream,
    ends: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn over(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.ends.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.over(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.over(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
