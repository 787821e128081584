//! When the system or the operator asks a program to end.

/// Resolves when the process is asked to end: by Ctrl-C, or as a service manager does, by SIGTERM.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut ended) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = ended.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}
