//! Reentrancy: whether the current thread is already writing to a set of flags.
//!
//! Parsers, checks and rules run under the writer lock of their set. If one of them changed the same
//! set, directly or through another set, the thread would deadlock.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The thread that is writing to a set; 0 for none.
#[derive(Default)]
pub(crate) struct WriterThread(AtomicUsize);

/// Marks a thread as the writer of a set until this is dropped.
pub(crate) struct Writing<'a>(&'a WriterThread);

impl WriterThread {
    /// Marks the current thread as the writer. The caller holds the writer lock.
    pub(crate) fn enter(&self) -> Writing<'_> {
        self.0.store(current_thread(), Ordering::Relaxed);
        Writing(self)
    }

    /// Whether the current thread is the writer.
    pub(crate) fn is_current(&self) -> bool {
        // Relaxed: only the current thread ever stores its own id, so it reads its own last store.
        self.0.load(Ordering::Relaxed) == current_thread()
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.0.store(0, Ordering::Relaxed);
    }
}

/// Identifies the current thread among those that run: the address of a thread-local. Unlike
/// `thread::current`, it is available while the thread's other locals are destroyed.
fn current_thread() -> usize {
    thread_local! {
        static ANCHOR: u8 = const { 0 };
    }
    ANCHOR.with(|anchor| std::ptr::from_ref(anchor).addr())
}

#[cfg(test)]
mod tests {
    use super::WriterThread;

    #[test]
    fn only_the_writing_thread_is_the_writer() {
        let (one, other) = (WriterThread::default(), WriterThread::default());
        let writing = one.enter();
        assert!(one.is_current() && !other.is_current());
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(!one.is_current()));
        });
        let nested = other.enter();
        drop(writing);
        assert!(!one.is_current() && other.is_current());
        drop(nested);
        assert!(!other.is_current());
    }
}
