//! Reading credentials: at most one reading at a time, however long it takes.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::{JoinHandle, spawn_blocking};

use super::failure::Failure;

/// How old a result may be that nobody waited for. Tokens are renewed well before they expire.
const FRESH: Duration = Duration::from_secs(60);

/// Reads on threads of their own, since a network file system, or a program that yields a token, may take any time.
///
/// A reading can't be ended. If its caller stops waiting, the next one waits for the same reading, so that at
/// most one thread and one program hang. Clones have the same reading.
pub(super) struct Reading<T>(Arc<Mutex<Option<Running<T>>>>);

/// A reading, and the process that has its thread. A child process that was forked has none.
type Running<T> = (u32, Task<T>);

/// Yields the result, and the time at which it was ready.
type Task<T> = JoinHandle<(Instant, Result<T, Failure>)>;

impl<T: Send + 'static> Reading<T> {
    /// The result of `read`, or of a reading that was running.
    pub(super) async fn result(
        &self,
        read: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        // Others wait for the lock.
        let mut running = self.0.lock().await;
        let process = std::process::id();
        if running.as_ref().is_some_and(|(of, _)| *of != process) {
            // It belongs to the parent's runtime.
            std::mem::forget(running.take());
        }
        if let Some((_, task)) = &mut *running {
            let ended = task.await;
            *running = None;
            // It may have been cancelled by the end of its runtime, before it began.
            if let Ok((at, result)) = ended
                && at.elapsed() < FRESH
            {
                return result;
            }
        }
        let task = spawn_blocking(move || {
            let result = read();
            (Instant::now(), result)
        });
        let (_, task) = running.insert((process, task));
        let ended = task.await;
        *running = None;
        match ended {
            Ok((_, result)) => result,
            Err(error) => Err(Failure::Credentials(error.to_string())),
        }
    }
}

impl<T> Clone for Reading<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> fmt::Debug for Reading<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::runtime::{Builder, Runtime};
    use tokio::time::timeout;

    use super::Reading;

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[test]
    fn reading_that_nobody_waits_for_is_kept_and_not_begun_anew() {
        let reading = Reading::default();
        // Dropped after the sender, without which the thread ends.
        let before = runtime();
        let (release, is_released) = mpsc::channel::<()>();
        let read = move || {
            let _ = is_released.recv();
            Ok(1)
        };
        let given_up = async { timeout(Duration::from_millis(50), reading.result(read)).await };
        before.block_on(given_up).unwrap_err();
        let given_up = async { timeout(Duration::from_millis(50), reading.result(|| Ok(2))).await };
        before.block_on(given_up).unwrap_err();
        // It outlives a stop of the updater.
        before.shutdown_background();
        release.send(()).unwrap();
        let after = runtime();
        assert_eq!(after.block_on(reading.result(|| Ok(3))), Ok(1));
        // Each result is used once.
        assert_eq!(after.block_on(reading.result(|| Ok(4))), Ok(4));
    }
}
