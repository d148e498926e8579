//! The connections of a database: one writer that commits together what came together, readers on
//! threads of their own, and connections for a look of a few rows, which is made where it is asked for.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, TryLockError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::schema;
use crate::storage::{StorageError, WriteQueue};

const READERS: usize = 2;
const WAITING_WRITES: usize = 1024;
const WAITING_READS: usize = 4096;
/// The most writes that one commit makes durable.
const WRITES_AT_ONCE: usize = 64;
/// How long a connection waits for another one.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// A look that took longer than this was one of a slow disk, or of a machine that had no time for it.
const SLOW: Duration = Duration::from_millis(20);
/// After a slow look, looks are made on the reading threads for so long.
const WARY: Duration = Duration::from_millis(250);

/// One database file in WAL mode.
pub(crate) struct Sqlite {
    writer: mpsc::SyncSender<Box<dyn Write>>,
    queue: Arc<Queue>,
    readers: Vec<Worker>,
    lookers: Vec<Mutex<Connection>>,
    opened: Instant,
    /// Until when looks are made on the reading threads, in microseconds since `opened`.
    wary_until: AtomicU64,
}

/// What waits for the writer.
#[derive(Default)]
struct Queue {
    waiting: AtomicUsize,
    /// Microseconds that the first of the last commit had waited.
    waited: AtomicU64,
    /// The log is to be emptied into the file after the next commit.
    empty_log: AtomicBool,
}

impl Sqlite {
    /// Opens or creates the database and brings it to the newest schema.
    pub(crate) fn open(file: &Path) -> Result<Self, StorageError> {
        let mut connection = connect(file, false)?;
        schema::migrate(&mut connection)?;
        let (writer, jobs) = mpsc::sync_channel(WAITING_WRITES);
        let queue = Arc::new(Queue::default());
        let of_writer = queue.clone();
        thread("liangma-writer", move || {
            write_all(connection, &jobs, &of_writer);
        })?;
        let readers = (0..READERS)
            .map(|_| Worker::start(connect(file, true)?))
            .collect::<Result<_, _>>()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let lookers = (0..cores)
            .map(|_| connect(file, true).map(Mutex::new))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            writer,
            queue,
            readers,
            lookers,
            opened: Instant::now(),
            wary_until: AtomicU64::new(0),
        })
    }

    /// Does a piece of work as one transaction of the writer, and says so once it is durable.
    ///
    /// What waits at one time is committed at one time: each piece is undone alone when it fails, and
    /// nobody is told of a success before the commit they share.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked {
            work: Some(work),
            done: None,
            reply,
            queued: Instant::now(),
        };
        // Counted before it can be done.
        self.queue.waiting.fetch_add(1, Ordering::Relaxed);
        self.writer.try_send(Box::new(asked)).map_err(|error| {
            self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
            full(error)
        })?;
        answer.await.map_err(|_| StorageError::Closed)?
    }

    /// What waits to be written now.
    pub(super) fn queued(&self) -> WriteQueue {
        let waiting = self.queue.waiting.load(Ordering::Relaxed);
        let waited = self.queue.waited.load(Ordering::Relaxed);
        WriteQueue {
            waiting,
            waited: Duration::from_micros(if waiting == 0 { 0 } else { waited }),
        }
    }

    /// Writes, and moves the write-ahead log into the file and cuts it off before it says so: what was
    /// removed and overwritten stands in an older page of the log until then. A reader that has been at
    /// it for long keeps the log as it is.
    pub(super) async fn empty_log_after<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let queue = self.queue.clone();
        self.write(move |transaction| {
            queue.empty_log.store(true, Ordering::Relaxed);
            work(transaction)
        })
        .await
    }

    /// Reads on a thread of its own, in one transaction: for what may take long.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        // The one with the least to do; the first of those, whose pages are warm.
        let reader = self
            .readers
            .iter()
            .min_by_key(|reader| reader.waiting.load(Ordering::Relaxed))
            .ok_or(StorageError::Closed)?;
        let (reply, answer) = oneshot::channel();
        reader.take(Box::new(move |connection| {
            // The asker may have gone away.
            let _ = reply.send(snapshot(connection, work));
        }))?;
        answer.await.map_err(|_| StorageError::Closed)?
    }

    /// Looks at a few rows by their keys on the thread that asks: a row in memory is found in less time
    /// than another thread is woken in. A disk that is slow blocks at most one look on each thread; then
    /// looks go to the reading threads until it has had time to recover. A look of several statements
    /// makes them a [`snapshot`].
    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        match self.look_now(&work) {
            Some(found) => found,
            None => self.read(work).await,
        }
    }

    fn look_now<T>(
        &self,
        work: impl Fn(&Connection) -> Result<T, StorageError>,
    ) -> Option<Result<T, StorageError>> {
        let began = self.opened.elapsed();
        if began < Duration::from_micros(self.wary_until.load(Ordering::Relaxed)) {
            return None;
        }
        let connection = self
            .lookers
            .iter()
            .find_map(|looker| match looker.try_lock() {
                Ok(connection) => Some(connection),
                // A look that panicked left nothing behind: its transaction ended with it.
                Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            })?;
        let found = work(&connection);
        drop(connection);
        let ended = self.opened.elapsed();
        if ended.saturating_sub(began) > SLOW {
            let until = u64::try_from((ended + WARY).as_micros()).unwrap_or(u64::MAX);
            self.wary_until.store(until, Ordering::Relaxed);
        }
        Some(found)
    }
}

fn full<T>(error: mpsc::TrySendError<T>) -> StorageError {
    match error {
        mpsc::TrySendError::Full(_) => StorageError::Busy,
        mpsc::TrySendError::Disconnected(_) => StorageError::Closed,
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StorageError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(|_| ())
        .map_err(|_| StorageError::Engine("start a thread"))
}

/// Several statements that see one state of the database.
pub(super) fn snapshot<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    /// Ends the transaction whatever becomes of the work: a reader that stays inside one sees the past.
    struct Ending<'a>(&'a Connection);
    impl Drop for Ending<'_> {
        fn drop(&mut self) {
            let ended = self
                .0
                .prepare_cached("COMMIT")
                .and_then(|mut statement| statement.execute([]));
            if ended.is_err() {
                tracing::error!("a read of the store could not be ended");
            }
        }
    }
    if !connection.is_autocommit() {
        return work(connection);
    }
    connection.prepare_cached("BEGIN")?.execute([])?;
    let _ending = Ending(connection);
    work(connection)
}

/// A write that waits for the writer.
trait Write: Send {
    /// Since when it waits.
    fn queued(&self) -> Instant;
    /// Does it; `false` when what it did has to be undone.
    fn run(&mut self, transaction: &Transaction<'_>) -> bool;
    /// Tells the asker how it ended; `failed` is why nothing of the commit was kept.
    fn tell(self: Box<Self>, failed: Option<StorageError>);
}

struct Asked<W, T> {
    work: Option<W>,
    done: Option<Result<T, StorageError>>,
    reply: oneshot::Sender<Result<T, StorageError>>,
    queued: Instant,
}

impl<W, T> Write for Asked<W, T>
where
    W: FnOnce(&Transaction<'_>) -> Result<T, StorageError> + Send,
    T: Send,
{
    fn queued(&self) -> Instant {
        self.queued
    }

    fn run(&mut self, transaction: &Transaction<'_>) -> bool {
        self.done = self.work.take().map(|work| work(transaction));
        matches!(self.done, Some(Ok(_)))
    }

    fn tell(self: Box<Self>, failed: Option<StorageError>) {
        let told = match (self.done, failed) {
            (Some(Err(error)), _) | (Some(Ok(_)), Some(error)) | (None, Some(error)) => Err(error),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(StorageError::Engine("a job of the store panicked")),
        };
        // The asker may have gone away; what was done stays done.
        let _ = self.reply.send(told);
    }
}

fn write_all(mut connection: Connection, jobs: &mpsc::Receiver<Box<dyn Write>>, queue: &Queue) {
    while let Ok(first) = jobs.recv() {
        let waited = u64::try_from(first.queued().elapsed().as_micros()).unwrap_or(u64::MAX);
        queue.waited.store(waited, Ordering::Relaxed);
        let mut group = vec![first];
        while group.len() < WRITES_AT_ONCE
            && let Ok(next) = jobs.try_recv()
        {
            group.push(next);
        }
        let failed = write_together(&mut connection, &mut group).err();
        if queue.empty_log.swap(false, Ordering::Relaxed) && cut_off_log(&connection).is_err() {
            tracing::warn!("the write-ahead log could not be emptied");
        }
        queue.waiting.fetch_sub(group.len(), Ordering::Relaxed);
        for job in group {
            job.tell(failed);
        }
    }
}

fn cut_off_log(connection: &Connection) -> Result<(), StorageError> {
    // Nobody waits long for a reader; the next time does what this one left.
    connection.busy_timeout(Duration::from_millis(50))?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_timeout(BUSY)?;
    Ok(emptied?)
}

fn write_together(
    connection: &mut Connection,
    group: &mut [Box<dyn Write>],
) -> Result<(), StorageError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let alone = group.len() == 1;
    let mut keeps_any = false;
    for job in group {
        if !alone {
            transaction.prepare_cached("SAVEPOINT job")?.execute([])?;
        }
        // A panic inside one job must not end the thread for all others.
        let keep = catch_unwind(AssertUnwindSafe(|| job.run(&transaction))).unwrap_or_else(|_| {
            tracing::error!("a job of the store panicked");
            false
        });
        if transaction.is_autocommit() {
            // A full disk and the like undo the whole transaction at once.
            return Err(StorageError::Engine("the transaction was undone"));
        }
        if !alone {
            if !keep {
                transaction.prepare_cached("ROLLBACK TO job")?.execute([])?;
            }
            transaction.prepare_cached("RELEASE job")?.execute([])?;
        }
        keeps_any |= keep;
    }
    if keeps_any {
        transaction.commit()?;
    }
    Ok(())
}

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// A thread with a connection of its own and a queue of its own: a job wakes one thread and no other.
struct Worker {
    jobs: mpsc::SyncSender<Job>,
    /// Jobs that wait or run.
    waiting: Arc<AtomicUsize>,
}

impl Worker {
    fn start(connection: Connection) -> Result<Self, StorageError> {
        let (sender, jobs) = mpsc::sync_channel::<Job>(WAITING_READS);
        let waiting = Arc::new(AtomicUsize::new(0));
        let done = waiting.clone();
        thread("liangma-reader", move || {
            for job in jobs {
                // A panic inside one job must not end the thread for all others.
                if catch_unwind(AssertUnwindSafe(|| job(&connection))).is_err() {
                    tracing::error!("a job of the store panicked");
                }
                done.fetch_sub(1, Ordering::Relaxed);
            }
        })?;
        Ok(Self {
            jobs: sender,
            waiting,
        })
    }

    fn take(&self, job: Job) -> Result<(), StorageError> {
        // Counted before it can be done.
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|error| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            full(error)
        })
    }
}

pub(super) fn connect(file: &Path, read_only: bool) -> Result<Connection, StorageError> {
    let flags = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
    };
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    if !read_only {
        // Pages that were emptied can be given back; set before the first table, or never.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A login or a registered strip that was answered for must not be lost to a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // What is deleted is overwritten, so that the file holds no remains of it.
        connection.pragma_update(None, "secure_delete", true)?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn engine() -> (Sqlite, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (
            Sqlite::open(&folder.path().join("store.sqlite")).unwrap(),
            folder,
        )
    }

    fn put(t: &Transaction<'_>, key: u8) -> Result<(), StorageError> {
        t.execute("INSERT INTO first_key (hash) VALUES (?1)", [[key; 32]])?;
        Ok(())
    }

    async fn keys(engine: &Sqlite) -> Vec<u8> {
        let read = |c: &Connection| {
            Ok(c.prepare("SELECT hash FROM first_key ORDER BY hash")?
                .query_map([], |row| row.get::<_, [u8; 32]>(0).map(|key| key[0]))?
                .collect::<Result<_, _>>()?)
        };
        engine.look(read).await.unwrap()
    }

    type Work = fn(&Transaction<'_>) -> Result<(), StorageError>;

    /// Holds the writer until all of them wait, so that one commit takes them together.
    async fn together(engine: &Sqlite, works: Vec<Work>) -> Vec<Result<(), StorageError>> {
        let (gate, held) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (at_gate, at_held) = (gate.clone(), held.clone());
        let holding = engine.write(move |_| {
            at_held.wait();
            at_gate.wait();
            Ok(())
        });
        let mut holding = Box::pin(holding);
        assert!(futures_poll(&mut holding).is_none());
        held.wait();
        let mut writes: Vec<_> = works
            .into_iter()
            .map(|work| Box::pin(engine.write(work)))
            .collect();
        for write in &mut writes {
            assert!(futures_poll(write).is_none());
        }
        gate.wait();
        holding.await.unwrap();
        let mut ended = Vec::new();
        for write in writes {
            ended.push(write.await);
        }
        ended
    }

    fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::Pin::new(future).poll(&mut context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn of_writes_that_are_committed_together_each_is_undone_alone() {
        let (engine, _folder) = engine();
        let ended = together(
            &engine,
            vec![
                |t| put(t, 1),
                |t| {
                    put(t, 2)?;
                    Err(StorageError::Damaged("nothing of this is kept"))
                },
                |t| {
                    put(t, 3)?;
                    panic!("nor of this")
                },
                |t| put(t, 1),
                |t| put(t, 4),
            ],
        )
        .await;
        let kept: Vec<bool> = ended.iter().map(Result::is_ok).collect();
        assert_eq!(kept, [true, false, false, false, true]);
        assert_eq!(keys(&engine).await, [1, 4]);
    }

    #[tokio::test]
    async fn a_transaction_that_the_disk_undid_tells_nobody_of_a_success() {
        let (engine, _folder) = engine();
        let ended = together(
            &engine,
            vec![
                |t| put(t, 1),
                // As a full disk does.
                |t| {
                    t.execute_batch("ROLLBACK")?;
                    Err(StorageError::Engine("the disk is full"))
                },
                |t| put(t, 2),
            ],
        )
        .await;
        assert!(ended.iter().all(Result::is_err));
        assert_eq!(keys(&engine).await, [0; 0]);
        engine.write(|t| put(t, 3)).await.unwrap();
        assert_eq!(keys(&engine).await, [3], "and the writer goes on");
    }

    #[tokio::test]
    async fn what_was_written_is_seen_by_the_next_look() {
        let (engine, _folder) = engine();
        for key in 0..50 {
            engine.write(move |t| put(t, key)).await.unwrap();
            assert_eq!(keys(&engine).await.len(), usize::from(key) + 1);
        }
    }

    #[tokio::test]
    async fn a_slow_look_sends_the_next_ones_to_the_reading_threads() {
        let (engine, _folder) = engine();
        let here = || Ok(std::thread::current().id());
        let mine = std::thread::current().id();
        assert_eq!(engine.look(move |_| here()).await.unwrap(), mine);
        let slow = |_: &Connection| {
            std::thread::sleep(SLOW * 2);
            Ok(())
        };
        engine.look(slow).await.unwrap();
        assert_ne!(engine.look(move |_| here()).await.unwrap(), mine);
        engine.wary_until.store(0, Ordering::Relaxed);
        assert_eq!(engine.look(move |_| here()).await.unwrap(), mine);
    }

    #[tokio::test]
    async fn a_look_that_panics_leaves_its_connection_at_the_present() {
        let (engine, _folder) = engine();
        let looking = AssertUnwindSafe(|| {
            engine.look_now(|c| -> Result<(), _> { snapshot(c, |_| panic!("a look")) })
        });
        assert!(catch_unwind(looking).is_err());
        engine.write(|t| put(t, 1)).await.unwrap();
        assert_eq!(keys(&engine).await, [1]);
    }
}
