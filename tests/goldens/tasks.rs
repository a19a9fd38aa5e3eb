//- /Cargo.toml
[package]
name = "tasks"
version = "0.1.0"
edition = "2021"
//- /src/lib.rs
//! A small executor: futures, pins, macros among items and in bodies, cfg.
#[macro_use]
mod macros;
mod queue;
pub mod timer;

use queue::{Queue, Slot};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub struct Task {
    future: RefCell<Option<BoxFuture<'static, ()>>>,
    name: &'static str,
}

impl Task {
    fn poll(self: &Arc<Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut slot = self.future.borrow_mut();
        match slot.as_mut() {
            Some(future) => future.as_mut().poll(cx),
            None => Poll::Ready(()),
        }
    }
    pub fn name(&self) -> &str {
        self.name
    }
}

struct NoWake;

impl Wake for NoWake {
    fn wake(self: Arc<Self>) {
        count_wake(1);
    }
}

fn count_wake(by: usize) -> usize {
    by
}

#[derive(Default)]
pub struct Executor {
    queue: Queue<Arc<Task>>,
    done: usize,
}

impl Executor {
    pub fn spawn<F>(&mut self, name: &'static str, future: F) -> Arc<Task>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = Arc::new(Task { future: RefCell::new(Some(Box::pin(future))), name });
        self.queue.push(Arc::clone(&task));
        task
    }

    pub fn run(&mut self) -> usize {
        let waker = Waker::from(Arc::new(NoWake));
        let mut cx = Context::from_waker(&waker);
        while let Some(task) = self.queue.pop() {
            if !ready_or!(task.poll(&mut cx), else { self.queue.push(task); continue }) {
                self.done += 1;
            }
        }
        self.done
    }

    pub fn first(&self) -> Option<&Slot<Arc<Task>>> {
        self.queue.iter().next()
    }
}

counters! {
    /// How often something began.
    Started => start,
    Stopped => stop,
}

when! { any => pub fn chosen() -> Started { Started::start() } }
when! { none => pub fn chosen() -> Stopped { Stopped::stop() } }

pub async fn ticks(limit: u32) -> u32 {
    let mut seen = chosen().value();
    while seen < limit {
        timer::Tick::new(seen).await;
        seen = add!(seen, step(1));
    }
    let later = async { timer::after(limit).await.unwrap_or(0) };
    later.await + timer::Tick::new(1).await
}

fn step(by: u32) -> u32 {
    by
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        let mut executor = Executor::default();
        let task = executor.spawn("one", async {
            ticks(2).await;
        });
        assert_eq!(task.name(), "one");
        assert!(check_all!(executor.run(), step(1) as usize) >= 1);
        assert!(matches!(executor.first(), Some(slot) if slot.is_free()) || true);
    }
}
//- /src/macros.rs
macro_rules! ready_or {
    ($poll:expr, else $other:block) => {
        match $poll {
            std::task::Poll::Ready(()) => $crate::count_wake(0) == 1,
            std::task::Poll::Pending => $other,
        }
    };
}

macro_rules! counters {
    ($($(#[$meta:meta])* $name:ident => $make:ident),* $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name(u32);

            impl $name {
                pub fn $make() -> Self {
                    $name(0)
                }
                pub fn value(&self) -> u32 {
                    self.0
                }
            }
        )*
    };
}

macro_rules! when {
    (any => $($item:item)*) => { $( #[cfg(not(no_such_thing))] $item )* };
    (none => $($item:item)*) => { $( #[cfg(no_such_thing)] $item )* };
}

macro_rules! add {
    ($first:expr $(, $more:expr)*) => { $first $( + $more )* };
}

#[allow(unused_macros)]
macro_rules! check_all {
    ($first:expr, $($rest:expr),+) => {{
        let first = $first;
        $( let _ = $rest; )+
        first
    }};
}
//- /src/queue.rs
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};

pub struct Slot<T>(Option<T>);

impl<T> Slot<T> {
    pub fn is_free(&self) -> bool {
        self.0.is_none()
    }
    fn take(&mut self) -> Option<T> {
        self.0.take()
    }
}

pub struct Queue<T> {
    slots: Inner<T>,
}

struct Inner<T>(VecDeque<Slot<T>>);

impl<T> Deref for Inner<T> {
    type Target = VecDeque<Slot<T>>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for Inner<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue { slots: Inner(VecDeque::new()) }
    }
}

impl<T> Queue<T> {
    pub fn push(&mut self, value: T) {
        self.slots.push_back(Slot(Some(value)));
    }
    pub fn pop(&mut self) -> Option<T> {
        self.slots.pop_front().and_then(|mut slot| slot.take())
    }
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { inner: &*self.slots, at: 0 }
    }
}

pub struct Iter<'a, T> {
    inner: &'a VecDeque<Slot<T>>,
    at: usize,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a Slot<T>;
    fn next(&mut self) -> Option<Self::Item> {
        self.at += 1;
        self.inner.get(self.at - 1)
    }
}

impl<'a, T> IntoIterator for &'a Queue<T> {
    type Item = &'a Slot<T>;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

pub fn free<T>(queue: &Queue<T>) -> usize {
    let mut count = 0;
    for slot in queue {
        if slot.is_free() {
            count += 1;
        }
    }
    count + queue.iter().filter(|slot| slot.is_free()).count()
}
//- /src/timer.rs
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

pub struct Tick {
    at: u32,
    polled: bool,
}

impl Tick {
    pub fn new(at: u32) -> Self {
        Tick { at, polled: false }
    }
}

impl Future for Tick {
    type Output = u32;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        if self.polled {
            return Poll::Ready(self.at);
        }
        self.polled = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

pub struct After<F>(F);

impl<F: Future<Output = u32>> IntoFuture for After<F> {
    type Output = Option<u32>;
    type IntoFuture = Waiting<F>;
    fn into_future(self) -> Waiting<F> {
        Waiting { inner: Box::pin(self.0) }
    }
}

pub struct Waiting<F> {
    inner: Pin<Box<F>>,
}

impl<F: Future<Output = u32>> Future for Waiting<F> {
    type Output = Option<u32>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.inner.as_mut().poll(cx).map(Some)
    }
}

pub fn after(at: u32) -> After<Tick> {
    After(Tick::new(at))
}
