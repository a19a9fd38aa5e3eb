//! What inference needs to know of the standard library: names, signatures, associated types.
//!
//! A summary, written for ferrograph's own linker and never compiled: adaptors share one `Iter`
//! type, allocators and stability are left out, and only what changes a type is listed. Nothing in
//! here becomes part of a graph.

pub mod prelude {
    pub use crate::borrow::ToOwned;
    pub use crate::boxed::Box;
    pub use crate::clone::Clone;
    pub use crate::cmp::{Eq, Ord, PartialEq, PartialOrd};
    pub use crate::convert::{AsMut, AsRef, From, Into, TryFrom, TryInto};
    pub use crate::default::Default;
    pub use crate::fmt::Debug;
    pub use crate::hash::Hash;
    pub use crate::iter::{
        DoubleEndedIterator, ExactSizeIterator, Extend, FromIterator, IntoIterator, Iterator,
    };
    pub use crate::marker::{Copy, Send, Sized, Sync, Unpin};
    pub use crate::mem::drop;
    pub use crate::ops::{AsyncFn, AsyncFnMut, AsyncFnOnce, Drop, Fn, FnMut, FnOnce};
    pub use crate::option::Option::{self, None, Some};
    pub use crate::result::Result::{self, Err, Ok};
    pub use crate::string::{String, ToString};
    pub use crate::vec::Vec;
}

pub mod marker {
    pub trait Copy: Clone {}
    pub trait Send {}
    pub trait Sized {}
    pub trait Sync {}
    pub trait Unpin {}
    pub struct PhantomData<T>;
    impl<T> Clone for PhantomData<T> {}
}
pub mod clone {
    pub trait Clone {
        fn clone(&self) -> Self;
        fn clone_from(&mut self, source: &Self);
    }
    impl<T> Clone for &T {}
}
pub mod default {
    pub trait Default {
        fn default() -> Self;
    }
}
pub mod cmp {
    pub trait PartialEq<Rhs = Self> {
        fn eq(&self, other: &Rhs) -> bool;
        fn ne(&self, other: &Rhs) -> bool;
    }
    pub trait Eq: PartialEq {}
    pub trait PartialOrd<Rhs = Self>: PartialEq<Rhs> {
        fn partial_cmp(&self, other: &Rhs) -> Option<Ordering>;
        fn lt(&self, other: &Rhs) -> bool;
        fn le(&self, other: &Rhs) -> bool;
        fn gt(&self, other: &Rhs) -> bool;
        fn ge(&self, other: &Rhs) -> bool;
    }
    pub trait Ord: Eq + PartialOrd {
        fn cmp(&self, other: &Self) -> Ordering;
        fn max(self, other: Self) -> Self;
        fn min(self, other: Self) -> Self;
        fn clamp(self, min: Self, max: Self) -> Self;
    }
    pub enum Ordering {
        Less,
        Equal,
        Greater,
    }
    impl Ordering {
        pub fn reverse(self) -> Ordering;
        pub fn then(self, other: Ordering) -> Ordering;
        pub fn then_with<F: FnOnce() -> Ordering>(self, f: F) -> Ordering;
        pub fn is_eq(self) -> bool;
        pub fn is_lt(self) -> bool;
        pub fn is_gt(self) -> bool;
    }
    pub struct Reverse<T>(pub T);
    pub fn max<T>(a: T, b: T) -> T;
    pub fn min<T>(a: T, b: T) -> T;
}
pub mod convert {
    pub trait From<T> {
        fn from(value: T) -> Self;
    }
    pub trait Into<T> {
        fn into(self) -> T;
    }
    pub trait TryFrom<T> {
        type Error;
        fn try_from(value: T) -> Result<Self, Self::Error>;
    }
    pub trait TryInto<T> {
        type Error;
        fn try_into(self) -> Result<T, Self::Error>;
    }
    pub trait AsRef<T> {
        fn as_ref(&self) -> &T;
    }
    pub trait AsMut<T> {
        fn as_mut(&mut self) -> &mut T;
    }
    pub enum Infallible {}
    impl<T, U: From<T>> Into<U> for T {}
    pub fn identity<T>(value: T) -> T;
}
pub mod borrow {
    pub trait ToOwned {
        type Owned;
        fn to_owned(&self) -> Self::Owned;
    }
    impl ToOwned for str {
        type Owned = crate::string::String;
    }
    impl<T> ToOwned for [T] {
        type Owned = Vec<T>;
    }
    impl<T: Clone> ToOwned for T {
        type Owned = T;
    }
    pub trait Borrow<T> {
        fn borrow(&self) -> &T;
    }
    pub trait BorrowMut<T> {
        fn borrow_mut(&mut self) -> &mut T;
    }
    pub enum Cow<B> {
        Borrowed(&B),
        Owned(<B as ToOwned>::Owned),
    }
    impl<B> Cow<B> {
        pub fn into_owned(self) -> <B as ToOwned>::Owned;
        pub fn to_mut(&mut self) -> &mut <B as ToOwned>::Owned;
    }
    impl<B> crate::ops::Deref for Cow<B> {
        type Target = B;
    }
}
pub mod ops {
    pub trait Deref {
        type Target;
        fn deref(&self) -> &Self::Target;
    }
    pub trait DerefMut: Deref {
        fn deref_mut(&mut self) -> &mut Self::Target;
    }
    pub trait Drop {
        fn drop(&mut self);
    }
    pub trait Fn<Args>: FnMut<Args> {}
    pub trait FnMut<Args>: FnOnce<Args> {}
    pub trait FnOnce<Args> {
        type Output;
    }
    pub trait AsyncFn<Args> {}
    pub trait AsyncFnMut<Args> {}
    pub trait AsyncFnOnce<Args> {}
    pub trait Index<Idx> {
        type Output;
        fn index(&self, index: Idx) -> &Self::Output;
    }
    pub trait IndexMut<Idx>: Index<Idx> {
        fn index_mut(&mut self, index: Idx) -> &mut Self::Output;
    }
    pub trait Add<Rhs = Self> {
        type Output;
        fn add(self, rhs: Rhs) -> Self::Output;
    }
    pub trait Sub<Rhs = Self> {
        type Output;
        fn sub(self, rhs: Rhs) -> Self::Output;
    }
    pub trait Mul<Rhs = Self> {
        type Output;
        fn mul(self, rhs: Rhs) -> Self::Output;
    }
    pub trait Div<Rhs = Self> {
        type Output;
        fn div(self, rhs: Rhs) -> Self::Output;
    }
    pub trait Rem<Rhs = Self> {
        type Output;
        fn rem(self, rhs: Rhs) -> Self::Output;
    }
    pub trait BitAnd<Rhs = Self> {
        type Output;
        fn bitand(self, rhs: Rhs) -> Self::Output;
    }
    pub trait BitOr<Rhs = Self> {
        type Output;
        fn bitor(self, rhs: Rhs) -> Self::Output;
    }
    pub trait BitXor<Rhs = Self> {
        type Output;
        fn bitxor(self, rhs: Rhs) -> Self::Output;
    }
    pub trait Shl<Rhs = Self> {
        type Output;
        fn shl(self, rhs: Rhs) -> Self::Output;
    }
    pub trait Shr<Rhs = Self> {
        type Output;
        fn shr(self, rhs: Rhs) -> Self::Output;
    }
    pub trait Neg {
        type Output;
        fn neg(self) -> Self::Output;
    }
    pub trait Not {
        type Output;
        fn not(self) -> Self::Output;
    }
    pub trait AddAssign<Rhs = Self> {
        fn add_assign(&mut self, rhs: Rhs);
    }
    pub trait SubAssign<Rhs = Self> {
        fn sub_assign(&mut self, rhs: Rhs);
    }
    pub trait MulAssign<Rhs = Self> {
        fn mul_assign(&mut self, rhs: Rhs);
    }
    pub trait DivAssign<Rhs = Self> {
        fn div_assign(&mut self, rhs: Rhs);
    }
    pub trait RemAssign<Rhs = Self> {
        fn rem_assign(&mut self, rhs: Rhs);
    }
    pub trait BitXorAssign<Rhs = Self> {
        fn bitxor_assign(&mut self, rhs: Rhs);
    }
    pub trait ShlAssign<Rhs = Self> {
        fn shl_assign(&mut self, rhs: Rhs);
    }
    pub trait ShrAssign<Rhs = Self> {
        fn shr_assign(&mut self, rhs: Rhs);
    }
    pub trait BitOrAssign<Rhs = Self> {
        fn bitor_assign(&mut self, rhs: Rhs);
    }
    pub trait BitAndAssign<Rhs = Self> {
        fn bitand_assign(&mut self, rhs: Rhs);
    }
    pub trait RangeBounds<T> {}
    pub struct Range<T> {
        pub start: T,
        pub end: T,
    }
    pub struct RangeInclusive<T>;
    pub struct RangeFrom<T> {
        pub start: T,
    }
    pub struct RangeTo<T> {
        pub end: T,
    }
    pub struct RangeFull;
    impl<T> Range<T> {
        pub fn contains(&self, item: &T) -> bool;
        pub fn is_empty(&self) -> bool;
    }
    impl<T> RangeInclusive<T> {
        pub fn new(start: T, end: T) -> Self;
        pub fn start(&self) -> &T;
        pub fn end(&self) -> &T;
        pub fn contains(&self, item: &T) -> bool;
    }
    impl<T> crate::iter::Iterator for Range<T> {
        type Item = T;
    }
    impl<T> crate::iter::Iterator for RangeInclusive<T> {
        type Item = T;
    }
    impl<T> Clone for Range<T> {}
    pub enum Bound<T> {
        Included(T),
        Excluded(T),
        Unbounded,
    }
    pub enum ControlFlow<B, C = ()> {
        Continue(C),
        Break(B),
    }
}
pub mod option {
    pub enum Option<T> {
        None,
        Some(T),
    }
    impl<T> Option<T> {
        pub fn is_some(&self) -> bool;
        pub fn is_none(&self) -> bool;
        pub fn is_some_and<F: FnOnce(T) -> bool>(self, f: F) -> bool;
        pub fn is_none_or<F: FnOnce(T) -> bool>(self, f: F) -> bool;
        pub fn as_ref(&self) -> Option<&T>;
        pub fn as_mut(&mut self) -> Option<&mut T>;
        pub fn as_deref(&self) -> Option<&<T as crate::ops::Deref>::Target>;
        pub fn as_deref_mut(&mut self) -> Option<&mut <T as crate::ops::Deref>::Target>;
        pub fn expect(self, msg: &str) -> T;
        pub fn unwrap(self) -> T;
        pub fn unwrap_or(self, default: T) -> T;
        pub fn unwrap_or_else<F: FnOnce() -> T>(self, f: F) -> T;
        pub fn unwrap_or_default(self) -> T;
        pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Option<U>;
        pub fn inspect<F: FnOnce(&T)>(self, f: F) -> Self;
        pub fn map_or<U, F: FnOnce(T) -> U>(self, default: U, f: F) -> U;
        pub fn map_or_else<U, D: FnOnce() -> U, F: FnOnce(T) -> U>(self, default: D, f: F) -> U;
        pub fn ok_or<E>(self, err: E) -> Result<T, E>;
        pub fn ok_or_else<E, F: FnOnce() -> E>(self, err: F) -> Result<T, E>;
        pub fn iter(&self) -> crate::iter::Iter<&T>;
        pub fn iter_mut(&mut self) -> crate::iter::Iter<&mut T>;
        pub fn and<U>(self, other: Option<U>) -> Option<U>;
        pub fn and_then<U, F: FnOnce(T) -> Option<U>>(self, f: F) -> Option<U>;
        pub fn filter<P: FnOnce(&T) -> bool>(self, predicate: P) -> Self;
        pub fn or(self, other: Option<T>) -> Option<T>;
        pub fn or_else<F: FnOnce() -> Option<T>>(self, f: F) -> Option<T>;
        pub fn xor(self, other: Option<T>) -> Option<T>;
        pub fn insert(&mut self, value: T) -> &mut T;
        pub fn get_or_insert(&mut self, value: T) -> &mut T;
        pub fn get_or_insert_with<F: FnOnce() -> T>(&mut self, f: F) -> &mut T;
        pub fn take(&mut self) -> Option<T>;
        pub fn take_if<P: FnOnce(&mut T) -> bool>(&mut self, predicate: P) -> Option<T>;
        pub fn replace(&mut self, value: T) -> Option<T>;
        pub fn zip<U>(self, other: Option<U>) -> Option<(T, U)>;
        pub fn unzip(self) -> T;
    }
    impl<T> Option<&T> {
        pub fn copied(self) -> Option<T>;
        pub fn cloned(self) -> Option<T>;
    }
    impl<T, E> Option<Result<T, E>> {
        pub fn transpose(self) -> Result<Option<T>, E>;
    }
    impl<T> Option<Option<T>> {
        pub fn flatten(self) -> Option<T>;
    }
    impl<T> crate::iter::IntoIterator for Option<T> {
        type Item = T;
        type IntoIter = crate::iter::Iter<T>;
    }
    impl<T> crate::iter::IntoIterator for &Option<T> {
        type Item = &T;
        type IntoIter = crate::iter::Iter<&T>;
    }
    impl<T> crate::iter::IntoIterator for &mut Option<T> {
        type Item = &mut T;
        type IntoIter = crate::iter::Iter<&mut T>;
    }
    impl<T> Clone for Option<T> {}
    impl<T> Default for Option<T> {}
    impl<T> PartialEq for Option<T> {}
    impl<T> PartialOrd for Option<T> {}
    impl<T> Ord for Option<T> {}
}
pub mod result {
    pub enum Result<T, E> {
        Ok(T),
        Err(E),
    }
    impl<T, E> Result<T, E> {
        pub fn is_ok(&self) -> bool;
        pub fn is_err(&self) -> bool;
        pub fn is_ok_and<F: FnOnce(T) -> bool>(self, f: F) -> bool;
        pub fn is_err_and<F: FnOnce(E) -> bool>(self, f: F) -> bool;
        pub fn ok(self) -> Option<T>;
        pub fn err(self) -> Option<E>;
        pub fn as_ref(&self) -> Result<&T, &E>;
        pub fn as_mut(&mut self) -> Result<&mut T, &mut E>;
        pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Result<U, E>;
        pub fn map_or<U, F: FnOnce(T) -> U>(self, default: U, f: F) -> U;
        pub fn map_or_else<U, D: FnOnce(E) -> U, F: FnOnce(T) -> U>(self, default: D, f: F) -> U;
        pub fn map_err<F, O: FnOnce(E) -> F>(self, op: O) -> Result<T, F>;
        pub fn inspect<F: FnOnce(&T)>(self, f: F) -> Self;
        pub fn inspect_err<F: FnOnce(&E)>(self, f: F) -> Self;
        pub fn as_deref(&self) -> Result<&<T as crate::ops::Deref>::Target, &E>;
        pub fn iter(&self) -> crate::iter::Iter<&T>;
        pub fn expect(self, msg: &str) -> T;
        pub fn unwrap(self) -> T;
        pub fn unwrap_or_default(self) -> T;
        pub fn expect_err(self, msg: &str) -> E;
        pub fn unwrap_err(self) -> E;
        pub fn and<U>(self, res: Result<U, E>) -> Result<U, E>;
        pub fn and_then<U, F: FnOnce(T) -> Result<U, E>>(self, op: F) -> Result<U, E>;
        pub fn or<F>(self, res: Result<T, F>) -> Result<T, F>;
        pub fn or_else<F, O: FnOnce(E) -> Result<T, F>>(self, op: O) -> Result<T, F>;
        pub fn unwrap_or(self, default: T) -> T;
        pub fn unwrap_or_else<F: FnOnce(E) -> T>(self, op: F) -> T;
    }
    impl<T, E> Result<&T, E> {
        pub fn copied(self) -> Result<T, E>;
        pub fn cloned(self) -> Result<T, E>;
    }
    impl<T, E> Result<Option<T>, E> {
        pub fn transpose(self) -> Option<Result<T, E>>;
    }
    impl<T, E> crate::iter::IntoIterator for Result<T, E> {
        type Item = T;
        type IntoIter = crate::iter::Iter<T>;
    }
    impl<T, E> Clone for Result<T, E> {}
    impl<T, E> PartialEq for Result<T, E> {}
}
pub mod iter {
    pub trait IntoIterator {
        type Item;
        type IntoIter: Iterator<Item = Self::Item>;
        fn into_iter(self) -> Self::IntoIter;
    }
    impl<I: Iterator> IntoIterator for I {
        type Item = <I as Iterator>::Item;
        type IntoIter = I;
    }
    pub trait FromIterator<A> {
        fn from_iter<T: IntoIterator<Item = A>>(iter: T) -> Self;
    }
    pub trait Extend<A> {
        fn extend<T: IntoIterator<Item = A>>(&mut self, iter: T);
    }
    pub trait Sum<A = Self> {}
    pub trait Product<A = Self> {}
    pub trait FusedIterator: Iterator {}
    pub trait ExactSizeIterator: Iterator {
        fn len(&self) -> usize;
    }
    pub trait DoubleEndedIterator: Iterator {
        fn next_back(&mut self) -> Option<Self::Item>;
        fn nth_back(&mut self, n: usize) -> Option<Self::Item>;
        fn rfind<P: FnMut(&Self::Item) -> bool>(&mut self, predicate: P) -> Option<Self::Item>;
        fn rfold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B;
    }
    pub trait Iterator {
        type Item;
        fn next(&mut self) -> Option<Self::Item>;
        fn size_hint(&self) -> (usize, Option<usize>);
        fn count(self) -> usize;
        fn last(self) -> Option<Self::Item>;
        fn nth(&mut self, n: usize) -> Option<Self::Item>;
        fn step_by(self, step: usize) -> Iter<Self::Item>;
        fn chain<U: IntoIterator<Item = Self::Item>>(self, other: U) -> Iter<Self::Item>;
        fn zip<U: IntoIterator>(self, other: U) -> Iter<(Self::Item, <U as IntoIterator>::Item)>;
        fn map<B, F: FnMut(Self::Item) -> B>(self, f: F) -> Iter<B>;
        fn for_each<F: FnMut(Self::Item)>(self, f: F);
        fn filter<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Iter<Self::Item>;
        fn filter_map<B, F: FnMut(Self::Item) -> Option<B>>(self, f: F) -> Iter<B>;
        fn enumerate(self) -> Iter<(usize, Self::Item)>;
        fn peekable(self) -> Peekable<Self>;
        fn skip_while<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Iter<Self::Item>;
        fn take_while<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Iter<Self::Item>;
        fn map_while<B, P: FnMut(Self::Item) -> Option<B>>(self, predicate: P) -> Iter<B>;
        fn skip(self, n: usize) -> Iter<Self::Item>;
        fn take(self, n: usize) -> Iter<Self::Item>;
        fn scan<St, B, F: FnMut(&mut St, Self::Item) -> Option<B>>(self, st: St, f: F) -> Iter<B>;
        fn flat_map<U: IntoIterator, F: FnMut(Self::Item) -> U>(
            self,
            f: F,
        ) -> Iter<<U as IntoIterator>::Item>;
        fn flatten(self) -> Iter<<Self::Item as IntoIterator>::Item>;
        fn fuse(self) -> Iter<Self::Item>;
        fn inspect<F: FnMut(&Self::Item)>(self, f: F) -> Iter<Self::Item>;
        fn by_ref(&mut self) -> &mut Self;
        fn collect<B: FromIterator<Self::Item>>(self) -> B;
        fn partition<B, F: FnMut(&Self::Item) -> bool>(self, f: F) -> (B, B);
        fn try_fold<B, F: FnMut(B, Self::Item) -> R, R>(&mut self, init: B, f: F) -> R;
        fn try_for_each<F: FnMut(Self::Item) -> R, R>(&mut self, f: F) -> R;
        fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B;
        fn reduce<F: FnMut(Self::Item, Self::Item) -> Self::Item>(self, f: F) -> Option<Self::Item>;
        fn all<F: FnMut(Self::Item) -> bool>(&mut self, f: F) -> bool;
        fn any<F: FnMut(Self::Item) -> bool>(&mut self, f: F) -> bool;
        fn find<P: FnMut(&Self::Item) -> bool>(&mut self, predicate: P) -> Option<Self::Item>;
        fn find_map<B, F: FnMut(Self::Item) -> Option<B>>(&mut self, f: F) -> Option<B>;
        fn position<P: FnMut(Self::Item) -> bool>(&mut self, predicate: P) -> Option<usize>;
        fn rposition<P: FnMut(Self::Item) -> bool>(&mut self, predicate: P) -> Option<usize>;
        fn max(self) -> Option<Self::Item>;
        fn min(self) -> Option<Self::Item>;
        fn max_by_key<B, F: FnMut(&Self::Item) -> B>(self, f: F) -> Option<Self::Item>;
        fn max_by<F: FnMut(&Self::Item, &Self::Item) -> crate::cmp::Ordering>(
            self,
            compare: F,
        ) -> Option<Self::Item>;
        fn min_by_key<B, F: FnMut(&Self::Item) -> B>(self, f: F) -> Option<Self::Item>;
        fn min_by<F: FnMut(&Self::Item, &Self::Item) -> crate::cmp::Ordering>(
            self,
            compare: F,
        ) -> Option<Self::Item>;
        fn rev(self) -> Iter<Self::Item>;
        fn unzip<A, B>(self) -> (A, B);
        fn copied(self) -> Iter<<Self::Item as Pointee>::Target>;
        fn cloned(self) -> Iter<<Self::Item as Pointee>::Target>;
        fn cycle(self) -> Iter<Self::Item>;
        fn sum<S>(self) -> S;
        fn product<S>(self) -> S;
        fn cmp<I>(self, other: I) -> crate::cmp::Ordering;
        fn eq<I>(self, other: I) -> bool;
        fn is_sorted(self) -> bool;
    }
    trait Pointee {
        type Target;
    }
    impl<T> Pointee for &T {
        type Target = T;
    }
    impl<T> Pointee for &mut T {
        type Target = T;
    }
    pub struct Iter<T>;
    impl<T> Iterator for Iter<T> {
        type Item = T;
    }
    impl<T> DoubleEndedIterator for Iter<T> {}
    impl<T> ExactSizeIterator for Iter<T> {}
    impl<T> Iter<T> {
        pub fn as_str(&self) -> &str;
        pub fn as_slice(&self) -> &[T];
    }
    impl<T> Clone for Iter<T> {}
    impl<I: Iterator> Iterator for &mut I {
        type Item = <I as Iterator>::Item;
    }
    pub struct Peekable<I>;
    impl<I: Iterator> Iterator for Peekable<I> {
        type Item = <I as Iterator>::Item;
    }
    impl<I: Iterator> Peekable<I> {
        pub fn peek(&mut self) -> Option<&<I as Iterator>::Item>;
        pub fn peek_mut(&mut self) -> Option<&mut <I as Iterator>::Item>;
        pub fn next_if<F: FnOnce(&<I as Iterator>::Item) -> bool>(
            &mut self,
            f: F,
        ) -> Option<<I as Iterator>::Item>;
    }
    pub fn once<T>(value: T) -> Iter<T>;
    pub fn empty<T>() -> Iter<T>;
    pub fn repeat<T>(value: T) -> Iter<T>;
    pub fn repeat_with<T, F: FnMut() -> T>(f: F) -> Iter<T>;
    pub fn from_fn<T, F: FnMut() -> Option<T>>(f: F) -> Iter<T>;
    pub fn successors<T, F: FnMut(&T) -> Option<T>>(first: Option<T>, f: F) -> Iter<T>;
    pub fn zip<A: IntoIterator, B: IntoIterator>(
        a: A,
        b: B,
    ) -> Iter<(<A as IntoIterator>::Item, <B as IntoIterator>::Item)>;
}
pub mod slice {
    use crate::iter::Iter as It;
    pub type Iter<T> = It<&T>;
    pub type IterMut<T> = It<&mut T>;
    pub fn from_ref<T>(value: &T) -> &[T];
    impl<T> [T] {
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn first(&self) -> Option<&T>;
        pub fn first_mut(&mut self) -> Option<&mut T>;
        pub fn last(&self) -> Option<&T>;
        pub fn last_mut(&mut self) -> Option<&mut T>;
        pub fn split_first(&self) -> Option<(&T, &[T])>;
        pub fn split_last(&self) -> Option<(&T, &[T])>;
        pub fn get(&self, index: usize) -> Option<&T>;
        pub fn get_mut(&mut self, index: usize) -> Option<&mut T>;
        pub fn get_unchecked(&self, index: usize) -> &T;
        pub fn swap(&mut self, a: usize, b: usize);
        pub fn reverse(&mut self);
        pub fn iter(&self) -> It<&T>;
        pub fn iter_mut(&mut self) -> It<&mut T>;
        pub fn windows(&self, size: usize) -> It<&[T]>;
        pub fn chunks(&self, size: usize) -> It<&[T]>;
        pub fn chunks_exact(&self, size: usize) -> It<&[T]>;
        pub fn chunks_mut(&mut self, size: usize) -> It<&mut [T]>;
        pub fn split_at(&self, mid: usize) -> (&[T], &[T]);
        pub fn split_at_mut(&mut self, mid: usize) -> (&mut [T], &mut [T]);
        pub fn split<F: FnMut(&T) -> bool>(&self, pred: F) -> It<&[T]>;
        pub fn contains(&self, x: &T) -> bool;
        pub fn starts_with(&self, needle: &[T]) -> bool;
        pub fn ends_with(&self, needle: &[T]) -> bool;
        pub fn binary_search(&self, x: &T) -> Result<usize, usize>;
        pub fn binary_search_by<F: FnMut(&T) -> crate::cmp::Ordering>(
            &self,
            f: F,
        ) -> Result<usize, usize>;
        pub fn binary_search_by_key<B, F: FnMut(&T) -> B>(
            &self,
            b: &B,
            f: F,
        ) -> Result<usize, usize>;
        pub fn partition_point<P: FnMut(&T) -> bool>(&self, pred: P) -> usize;
        pub fn sort(&mut self);
        pub fn sort_by<F: FnMut(&T, &T) -> crate::cmp::Ordering>(&mut self, compare: F);
        pub fn sort_by_key<K, F: FnMut(&T) -> K>(&mut self, f: F);
        pub fn sort_unstable(&mut self);
        pub fn sort_unstable_by<F: FnMut(&T, &T) -> crate::cmp::Ordering>(&mut self, compare: F);
        pub fn sort_unstable_by_key<K, F: FnMut(&T) -> K>(&mut self, f: F);
        pub fn rotate_left(&mut self, mid: usize);
        pub fn fill(&mut self, value: T);
        pub fn copy_from_slice(&mut self, src: &[T]);
        pub fn clone_from_slice(&mut self, src: &[T]);
        pub fn to_vec(&self) -> Vec<T>;
        pub fn into_vec(self) -> Vec<T>;
        pub fn concat(&self) -> Vec<T>;
        pub fn join(&self, sep: &str) -> crate::string::String;
        pub fn as_ptr(&self) -> *const T;
        pub fn as_slice(&self) -> &[T];
    }
    impl [u8] {
        pub fn is_ascii(&self) -> bool;
        pub fn to_ascii_lowercase(&self) -> Vec<u8>;
        pub fn to_ascii_uppercase(&self) -> Vec<u8>;
        pub fn eq_ignore_ascii_case(&self, other: &[u8]) -> bool;
        pub fn trim_ascii(&self) -> &[u8];
    }
    impl<T> crate::iter::IntoIterator for &[T] {
        type Item = &T;
        type IntoIter = It<&T>;
    }
    impl<T> crate::iter::IntoIterator for &mut [T] {
        type Item = &mut T;
        type IntoIter = It<&mut T>;
    }
    impl<T, const N: usize> crate::iter::IntoIterator for [T; N] {
        type Item = T;
        type IntoIter = It<T>;
    }
    impl<T, const N: usize> [T; N] {
        pub fn map<U, F: FnMut(T) -> U>(self, f: F) -> [U; N];
        pub fn each_ref(&self) -> [&T; N];
    }
    impl<T> crate::convert::AsRef<[T]> for [T] {}
    impl<T, const N: usize> Clone for [T; N] {}
    impl<T, const N: usize> Default for [T; N] {}
    impl<T> PartialEq for [T] {}
}
pub mod vec {
    use crate::iter::Iter;
    pub struct Vec<T>;
    pub type IntoIter<T> = Iter<T>;
    pub type Drain<T> = Iter<T>;
    impl<T> Vec<T> {
        pub fn new() -> Vec<T>;
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn with_capacity(capacity: usize) -> Vec<T>;
        pub fn capacity(&self) -> usize;
        pub fn reserve(&mut self, additional: usize);
        pub fn shrink_to_fit(&mut self);
        pub fn into_boxed_slice(self) -> crate::boxed::Box<[T]>;
        pub fn truncate(&mut self, len: usize);
        pub fn as_slice(&self) -> &[T];
        pub fn as_mut_slice(&mut self) -> &mut [T];
        pub fn swap_remove(&mut self, index: usize) -> T;
        pub fn insert(&mut self, index: usize, element: T);
        pub fn remove(&mut self, index: usize) -> T;
        pub fn retain<F: FnMut(&T) -> bool>(&mut self, f: F);
        pub fn retain_mut<F: FnMut(&mut T) -> bool>(&mut self, f: F);
        pub fn dedup(&mut self);
        pub fn dedup_by_key<F: FnMut(&mut T) -> K, K>(&mut self, key: F);
        pub fn push(&mut self, value: T);
        pub fn pop(&mut self) -> Option<T>;
        pub fn append(&mut self, other: &mut Vec<T>);
        pub fn drain<R>(&mut self, range: R) -> Iter<T>;
        pub fn clear(&mut self);
        pub fn split_off(&mut self, at: usize) -> Vec<T>;
        pub fn resize(&mut self, new_len: usize, value: T);
        pub fn resize_with<F: FnMut() -> T>(&mut self, new_len: usize, f: F);
        pub fn extend_from_slice(&mut self, other: &[T]);
        pub fn leak(self) -> &mut [T];
    }
    impl<T> crate::ops::Deref for Vec<T> {
        type Target = [T];
    }
    impl<T> crate::iter::IntoIterator for Vec<T> {
        type Item = T;
        type IntoIter = Iter<T>;
    }
    impl<T> crate::iter::IntoIterator for &Vec<T> {
        type Item = &T;
        type IntoIter = Iter<&T>;
    }
    impl<T> crate::iter::IntoIterator for &mut Vec<T> {
        type Item = &mut T;
        type IntoIter = Iter<&mut T>;
    }
    impl<T> crate::iter::FromIterator<T> for Vec<T> {}
    impl<T> crate::iter::Extend<T> for Vec<T> {}
    impl<T> Clone for Vec<T> {}
    impl<T> Default for Vec<T> {}
    impl<T> PartialEq for Vec<T> {}
    impl<T> crate::convert::From<&[T]> for Vec<T> {}
    impl<T> crate::convert::AsRef<[T]> for Vec<T> {}
}
pub mod string {
    use crate::iter::Iter;
    pub struct String;
    pub trait ToString {
        fn to_string(&self) -> String;
    }
    impl<T> ToString for T {}
    impl String {
        pub fn new() -> String;
        pub fn with_capacity(capacity: usize) -> String;
        pub fn from_utf8(vec: Vec<u8>) -> Result<String, FromUtf8Error>;
        pub fn from_utf8_lossy(v: &[u8]) -> crate::borrow::Cow<str>;
        pub fn into_bytes(self) -> Vec<u8>;
        pub fn as_str(&self) -> &str;
        pub fn as_mut_str(&mut self) -> &mut str;
        pub fn push_str(&mut self, string: &str);
        pub fn capacity(&self) -> usize;
        pub fn reserve(&mut self, additional: usize);
        pub fn push(&mut self, ch: char);
        pub fn truncate(&mut self, new_len: usize);
        pub fn pop(&mut self) -> Option<char>;
        pub fn remove(&mut self, idx: usize) -> char;
        pub fn retain<F: FnMut(char) -> bool>(&mut self, f: F);
        pub fn insert(&mut self, idx: usize, ch: char);
        pub fn insert_str(&mut self, idx: usize, string: &str);
        pub fn clear(&mut self);
        pub fn drain<R>(&mut self, range: R) -> Iter<char>;
        pub fn into_boxed_str(self) -> crate::boxed::Box<str>;
    }
    pub struct FromUtf8Error;
    impl crate::ops::Deref for String {
        type Target = str;
    }
    impl Clone for String {}
    impl Default for String {}
    impl PartialEq for String {}
    impl PartialOrd for String {}
    impl Ord for String {}
    impl crate::convert::From<&str> for String {}
    impl crate::convert::AsRef<str> for String {}
    impl crate::iter::FromIterator<char> for String {}
    impl crate::iter::Extend<char> for String {}
    impl crate::fmt::Write for String {}
}
pub mod str {
    use crate::iter::Iter;
    pub type Chars = Iter<char>;
    pub type Lines = Iter<&str>;
    pub type SplitWhitespace = Iter<&str>;
    pub type Split<P> = Iter<&str>;
    pub type CharIndices = Iter<(usize, char)>;
    pub type Bytes = Iter<u8>;
    pub struct Utf8Error;
    pub trait FromStr {
        type Err;
        fn from_str(s: &str) -> Result<Self, Self::Err>;
    }
    pub fn from_utf8(v: &[u8]) -> Result<&str, Utf8Error>;
    pub fn from_utf8_unchecked(v: &[u8]) -> &str;
    impl str {
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn is_char_boundary(&self, index: usize) -> bool;
        pub fn as_bytes(&self) -> &[u8];
        pub fn as_str(&self) -> &str;
        pub fn get<I>(&self, i: I) -> Option<&str>;
        pub fn split_at(&self, mid: usize) -> (&str, &str);
        pub fn chars(&self) -> Iter<char>;
        pub fn char_indices(&self) -> Iter<(usize, char)>;
        pub fn bytes(&self) -> Iter<u8>;
        pub fn split_whitespace(&self) -> Iter<&str>;
        pub fn split_ascii_whitespace(&self) -> Iter<&str>;
        pub fn lines(&self) -> Iter<&str>;
        pub fn contains<P>(&self, pat: P) -> bool;
        pub fn starts_with<P>(&self, pat: P) -> bool;
        pub fn ends_with<P>(&self, pat: P) -> bool;
        pub fn find<P>(&self, pat: P) -> Option<usize>;
        pub fn rfind<P>(&self, pat: P) -> Option<usize>;
        pub fn split<P>(&self, pat: P) -> Iter<&str>;
        pub fn split_inclusive<P>(&self, pat: P) -> Iter<&str>;
        pub fn rsplit<P>(&self, pat: P) -> Iter<&str>;
        pub fn split_terminator<P>(&self, pat: P) -> Iter<&str>;
        pub fn splitn<P>(&self, n: usize, pat: P) -> Iter<&str>;
        pub fn rsplitn<P>(&self, n: usize, pat: P) -> Iter<&str>;
        pub fn split_once<P>(&self, delimiter: P) -> Option<(&str, &str)>;
        pub fn rsplit_once<P>(&self, delimiter: P) -> Option<(&str, &str)>;
        pub fn matches<P>(&self, pat: P) -> Iter<&str>;
        pub fn match_indices<P>(&self, pat: P) -> Iter<(usize, &str)>;
        pub fn trim(&self) -> &str;
        pub fn trim_start(&self) -> &str;
        pub fn trim_end(&self) -> &str;
        pub fn trim_matches<P>(&self, pat: P) -> &str;
        pub fn trim_start_matches<P>(&self, pat: P) -> &str;
        pub fn trim_end_matches<P>(&self, pat: P) -> &str;
        pub fn strip_prefix<P>(&self, prefix: P) -> Option<&str>;
        pub fn strip_suffix<P>(&self, suffix: P) -> Option<&str>;
        pub fn parse<F: FromStr>(&self) -> Result<F, <F as FromStr>::Err>;
        pub fn is_ascii(&self) -> bool;
        pub fn eq_ignore_ascii_case(&self, other: &str) -> bool;
        pub fn replace<P>(&self, from: P, to: &str) -> crate::string::String;
        pub fn replacen<P>(&self, from: P, to: &str, count: usize) -> crate::string::String;
        pub fn to_lowercase(&self) -> crate::string::String;
        pub fn to_uppercase(&self) -> crate::string::String;
        pub fn to_ascii_lowercase(&self) -> crate::string::String;
        pub fn to_ascii_uppercase(&self) -> crate::string::String;
        pub fn repeat(&self, n: usize) -> crate::string::String;
        pub fn into_string(self) -> crate::string::String;
        pub fn escape_default(&self) -> Iter<char>;
    }
    impl PartialEq for str {}
    impl crate::convert::AsRef<str> for str {}
    impl crate::convert::AsRef<[u8]> for str {}
    impl crate::convert::AsRef<crate::path::Path> for str {}
}
pub mod boxed {
    pub struct Box<T>;
    impl<T> Box<T> {
        pub fn new(value: T) -> Box<T>;
        pub fn pin(value: T) -> crate::pin::Pin<Box<T>>;
        pub fn leak(b: Box<T>) -> &mut T;
        pub fn into_raw(b: Box<T>) -> *mut T;
        pub fn from_raw(raw: *mut T) -> Box<T>;
    }
    impl<T> crate::ops::Deref for Box<T> {
        type Target = T;
    }
    impl<T> Clone for Box<T> {}
    impl<T> crate::convert::From<T> for Box<T> {}
    impl<I: Iterator> Iterator for Box<I> {
        type Item = <I as Iterator>::Item;
    }
}
pub mod rc {
    pub struct Rc<T>;
    pub struct Weak<T>;
    impl<T> Rc<T> {
        pub fn new(value: T) -> Rc<T>;
        pub fn clone(this: &Rc<T>) -> Rc<T>;
        pub fn ptr_eq(this: &Rc<T>, other: &Rc<T>) -> bool;
        pub fn strong_count(this: &Rc<T>) -> usize;
        pub fn get_mut(this: &mut Rc<T>) -> Option<&mut T>;
        pub fn make_mut(this: &mut Rc<T>) -> &mut T;
        pub fn downgrade(this: &Rc<T>) -> Weak<T>;
        pub fn try_unwrap(this: Rc<T>) -> Result<T, Rc<T>>;
    }
    impl<T> Weak<T> {
        pub fn new() -> Weak<T>;
        pub fn upgrade(&self) -> Option<Rc<T>>;
    }
    impl<T> crate::ops::Deref for Rc<T> {
        type Target = T;
    }
    impl<T> Clone for Rc<T> {}
    impl<T> Clone for Weak<T> {}
    impl<T> crate::convert::From<T> for Rc<T> {}
}
pub mod sync {
    pub mod atomic {
        pub enum Ordering {
            Relaxed,
            Release,
            Acquire,
            AcqRel,
            SeqCst,
        }
        pub struct AtomicBool;
        pub struct AtomicUsize;
        pub struct AtomicU64;
        pub struct AtomicU32;
        pub struct AtomicI64;
        impl AtomicBool {
            pub fn new(v: bool) -> AtomicBool;
            pub fn load(&self, order: Ordering) -> bool;
            pub fn store(&self, val: bool, order: Ordering);
            pub fn swap(&self, val: bool, order: Ordering) -> bool;
        }
        impl AtomicUsize {
            pub fn new(v: usize) -> AtomicUsize;
            pub fn load(&self, order: Ordering) -> usize;
            pub fn store(&self, val: usize, order: Ordering);
            pub fn fetch_add(&self, val: usize, order: Ordering) -> usize;
            pub fn fetch_sub(&self, val: usize, order: Ordering) -> usize;
        }
        impl AtomicU64 {
            pub fn new(v: u64) -> AtomicU64;
            pub fn load(&self, order: Ordering) -> u64;
            pub fn store(&self, val: u64, order: Ordering);
            pub fn fetch_add(&self, val: u64, order: Ordering) -> u64;
        }
        impl AtomicU32 {
            pub fn new(v: u32) -> AtomicU32;
            pub fn load(&self, order: Ordering) -> u32;
            pub fn store(&self, val: u32, order: Ordering);
            pub fn fetch_add(&self, val: u32, order: Ordering) -> u32;
        }
    }
    pub mod mpsc {
        pub struct Sender<T>;
        pub struct Receiver<T>;
        pub struct SendError<T>(pub T);
        pub struct RecvError;
        pub fn channel<T>() -> (Sender<T>, Receiver<T>);
        impl<T> Sender<T> {
            pub fn send(&self, t: T) -> Result<(), SendError<T>>;
        }
        impl<T> Clone for Sender<T> {}
        impl<T> Receiver<T> {
            pub fn recv(&self) -> Result<T, RecvError>;
            pub fn try_recv(&self) -> Result<T, RecvError>;
            pub fn iter(&self) -> crate::iter::Iter<T>;
        }
        impl<T> crate::iter::IntoIterator for Receiver<T> {
            type Item = T;
            type IntoIter = crate::iter::Iter<T>;
        }
    }
    pub struct Arc<T>;
    pub struct Weak<T>;
    pub struct Mutex<T>;
    pub struct MutexGuard<T>;
    pub struct RwLock<T>;
    pub struct RwLockReadGuard<T>;
    pub struct RwLockWriteGuard<T>;
    pub struct PoisonError<T>;
    pub struct OnceLock<T>;
    pub struct LazyLock<T>;
    pub struct Once;
    pub struct Condvar;
    impl<T> Arc<T> {
        pub fn new(value: T) -> Arc<T>;
        pub fn clone(this: &Arc<T>) -> Arc<T>;
        pub fn ptr_eq(this: &Arc<T>, other: &Arc<T>) -> bool;
        pub fn strong_count(this: &Arc<T>) -> usize;
        pub fn get_mut(this: &mut Arc<T>) -> Option<&mut T>;
        pub fn make_mut(this: &mut Arc<T>) -> &mut T;
        pub fn downgrade(this: &Arc<T>) -> Weak<T>;
        pub fn try_unwrap(this: Arc<T>) -> Result<T, Arc<T>>;
    }
    impl<T> Weak<T> {
        pub fn new() -> Weak<T>;
        pub fn upgrade(&self) -> Option<Arc<T>>;
    }
    impl<T> crate::ops::Deref for Arc<T> {
        type Target = T;
    }
    impl<T> Clone for Arc<T> {}
    impl<T> Clone for Weak<T> {}
    impl<T> crate::convert::From<T> for Arc<T> {}
    impl<T> Mutex<T> {
        pub fn new(t: T) -> Mutex<T>;
        pub fn lock(&self) -> Result<MutexGuard<T>, PoisonError<MutexGuard<T>>>;
        pub fn try_lock(&self) -> Result<MutexGuard<T>, PoisonError<MutexGuard<T>>>;
        pub fn get_mut(&mut self) -> Result<&mut T, PoisonError<T>>;
        pub fn into_inner(self) -> Result<T, PoisonError<T>>;
    }
    impl<T> RwLock<T> {
        pub fn new(t: T) -> RwLock<T>;
        pub fn read(&self) -> Result<RwLockReadGuard<T>, PoisonError<T>>;
        pub fn write(&self) -> Result<RwLockWriteGuard<T>, PoisonError<T>>;
        pub fn into_inner(self) -> Result<T, PoisonError<T>>;
    }
    impl<T> PoisonError<T> {
        pub fn into_inner(self) -> T;
    }
    impl<T> crate::ops::Deref for MutexGuard<T> {
        type Target = T;
    }
    impl<T> crate::ops::Deref for RwLockReadGuard<T> {
        type Target = T;
    }
    impl<T> crate::ops::Deref for RwLockWriteGuard<T> {
        type Target = T;
    }
    impl<T> OnceLock<T> {
        pub fn new() -> OnceLock<T>;
        pub fn get(&self) -> Option<&T>;
        pub fn set(&self, value: T) -> Result<(), T>;
        pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T;
    }
    impl<T> LazyLock<T> {
        pub fn new<F: FnOnce() -> T>(f: F) -> LazyLock<T>;
    }
    impl<T> crate::ops::Deref for LazyLock<T> {
        type Target = T;
    }
}
pub mod cell {
    pub struct Cell<T>;
    pub struct RefCell<T>;
    pub struct Ref<T>;
    pub struct RefMut<T>;
    pub struct UnsafeCell<T>;
    pub struct OnceCell<T>;
    impl<T> Cell<T> {
        pub fn new(value: T) -> Cell<T>;
        pub fn get(&self) -> T;
        pub fn set(&self, val: T);
        pub fn take(&self) -> T;
        pub fn replace(&self, val: T) -> T;
    }
    impl<T> RefCell<T> {
        pub fn new(value: T) -> RefCell<T>;
        pub fn borrow(&self) -> Ref<T>;
        pub fn borrow_mut(&self) -> RefMut<T>;
        pub fn into_inner(self) -> T;
        pub fn replace(&self, t: T) -> T;
        pub fn take(&self) -> T;
    }
    impl<T> UnsafeCell<T> {
        pub fn new(value: T) -> UnsafeCell<T>;
        pub fn get(&self) -> *mut T;
        pub fn get_mut(&mut self) -> &mut T;
        pub fn into_inner(self) -> T;
    }
    impl<T> OnceCell<T> {
        pub fn new() -> OnceCell<T>;
        pub fn get(&self) -> Option<&T>;
        pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T;
    }
    impl<T> crate::ops::Deref for Ref<T> {
        type Target = T;
    }
    impl<T> crate::ops::Deref for RefMut<T> {
        type Target = T;
    }
}
pub mod collections {
    use crate::iter::Iter;
    pub use self::btree_map::BTreeMap;
    pub use self::hash_map::HashMap;
    pub mod hash_map {
        use crate::iter::Iter;
        pub struct HashMap<K, V, S = RandomState>;
        pub struct RandomState;
        pub struct DefaultHasher;
        impl<K, V> HashMap<K, V> {
            pub fn new() -> HashMap<K, V>;
            pub fn with_capacity(capacity: usize) -> HashMap<K, V>;
        }
        impl<K, V, S> HashMap<K, V, S> {
            pub fn with_hasher(hasher: S) -> HashMap<K, V, S>;
            pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> HashMap<K, V, S>;
            pub fn len(&self) -> usize;
            pub fn is_empty(&self) -> bool;
            pub fn keys(&self) -> Iter<&K>;
            pub fn values(&self) -> Iter<&V>;
            pub fn values_mut(&mut self) -> Iter<&mut V>;
            pub fn into_keys(self) -> Iter<K>;
            pub fn into_values(self) -> Iter<V>;
            pub fn iter(&self) -> Iter<(&K, &V)>;
            pub fn iter_mut(&mut self) -> Iter<(&K, &mut V)>;
            pub fn drain(&mut self) -> Iter<(K, V)>;
            pub fn retain<F: FnMut(&K, &mut V) -> bool>(&mut self, f: F);
            pub fn clear(&mut self);
            pub fn reserve(&mut self, additional: usize);
            pub fn entry(&mut self, key: K) -> Entry<K, V>;
            pub fn get<Q>(&self, k: &Q) -> Option<&V>;
            pub fn get_key_value<Q>(&self, k: &Q) -> Option<(&K, &V)>;
            pub fn contains_key<Q>(&self, k: &Q) -> bool;
            pub fn get_mut<Q>(&mut self, k: &Q) -> Option<&mut V>;
            pub fn insert(&mut self, k: K, v: V) -> Option<V>;
            pub fn remove<Q>(&mut self, k: &Q) -> Option<V>;
            pub fn remove_entry<Q>(&mut self, k: &Q) -> Option<(K, V)>;
        }
        pub enum Entry<K, V> {
            Occupied(OccupiedEntry<K, V>),
            Vacant(VacantEntry<K, V>),
        }
        pub struct OccupiedEntry<K, V>;
        pub struct VacantEntry<K, V>;
        impl<K, V> Entry<K, V> {
            pub fn or_insert(self, default: V) -> &mut V;
            pub fn or_insert_with<F: FnOnce() -> V>(self, default: F) -> &mut V;
            pub fn or_insert_with_key<F: FnOnce(&K) -> V>(self, default: F) -> &mut V;
            pub fn or_default(self) -> &mut V;
            pub fn and_modify<F: FnOnce(&mut V)>(self, f: F) -> Self;
            pub fn key(&self) -> &K;
        }
        impl<K, V> OccupiedEntry<K, V> {
            pub fn get(&self) -> &V;
            pub fn get_mut(&mut self) -> &mut V;
            pub fn into_mut(self) -> &mut V;
            pub fn insert(&mut self, value: V) -> V;
            pub fn remove(self) -> V;
            pub fn key(&self) -> &K;
        }
        impl<K, V> VacantEntry<K, V> {
            pub fn insert(self, value: V) -> &mut V;
            pub fn key(&self) -> &K;
            pub fn into_key(self) -> K;
        }
        impl<K, V, S> crate::iter::IntoIterator for HashMap<K, V, S> {
            type Item = (K, V);
            type IntoIter = Iter<(K, V)>;
        }
        impl<K, V, S> crate::iter::IntoIterator for &HashMap<K, V, S> {
            type Item = (&K, &V);
            type IntoIter = Iter<(&K, &V)>;
        }
        impl<K, V, S> crate::iter::IntoIterator for &mut HashMap<K, V, S> {
            type Item = (&K, &mut V);
            type IntoIter = Iter<(&K, &mut V)>;
        }
        impl<K, V, S, Q> crate::ops::Index<&Q> for HashMap<K, V, S> {
            type Output = V;
        }
        impl<K, V, S> crate::iter::FromIterator<(K, V)> for HashMap<K, V, S> {}
        impl<K, V, S> crate::iter::Extend<(K, V)> for HashMap<K, V, S> {}
        impl<K, V, S> Clone for HashMap<K, V, S> {}
        impl<K, V, S> Default for HashMap<K, V, S> {}
    }
    pub mod btree_map {
        use crate::iter::Iter;
        pub use super::hash_map::{Entry, OccupiedEntry, VacantEntry};
        pub struct BTreeMap<K, V>;
        impl<K, V> BTreeMap<K, V> {
            pub fn new() -> BTreeMap<K, V>;
            pub fn len(&self) -> usize;
            pub fn is_empty(&self) -> bool;
            pub fn keys(&self) -> Iter<&K>;
            pub fn values(&self) -> Iter<&V>;
            pub fn values_mut(&mut self) -> Iter<&mut V>;
            pub fn into_values(self) -> Iter<V>;
            pub fn iter(&self) -> Iter<(&K, &V)>;
            pub fn iter_mut(&mut self) -> Iter<(&K, &mut V)>;
            pub fn range<R>(&self, range: R) -> Iter<(&K, &V)>;
            pub fn first_key_value(&self) -> Option<(&K, &V)>;
            pub fn last_key_value(&self) -> Option<(&K, &V)>;
            pub fn pop_first(&mut self) -> Option<(K, V)>;
            pub fn pop_last(&mut self) -> Option<(K, V)>;
            pub fn retain<F: FnMut(&K, &mut V) -> bool>(&mut self, f: F);
            pub fn clear(&mut self);
            pub fn entry(&mut self, key: K) -> Entry<K, V>;
            pub fn get<Q>(&self, k: &Q) -> Option<&V>;
            pub fn contains_key<Q>(&self, k: &Q) -> bool;
            pub fn get_mut<Q>(&mut self, k: &Q) -> Option<&mut V>;
            pub fn insert(&mut self, k: K, v: V) -> Option<V>;
            pub fn remove<Q>(&mut self, k: &Q) -> Option<V>;
        }
        impl<K, V> crate::iter::IntoIterator for BTreeMap<K, V> {
            type Item = (K, V);
            type IntoIter = Iter<(K, V)>;
        }
        impl<K, V> crate::iter::IntoIterator for &BTreeMap<K, V> {
            type Item = (&K, &V);
            type IntoIter = Iter<(&K, &V)>;
        }
        impl<K, V> crate::iter::IntoIterator for &mut BTreeMap<K, V> {
            type Item = (&K, &mut V);
            type IntoIter = Iter<(&K, &mut V)>;
        }
        impl<K, V, Q> crate::ops::Index<&Q> for BTreeMap<K, V> {
            type Output = V;
        }
        impl<K, V> crate::iter::FromIterator<(K, V)> for BTreeMap<K, V> {}
        impl<K, V> crate::iter::Extend<(K, V)> for BTreeMap<K, V> {}
        impl<K, V> Clone for BTreeMap<K, V> {}
        impl<K, V> Default for BTreeMap<K, V> {}
    }
    pub struct HashSet<T, S = self::hash_map::RandomState>;
    pub struct BTreeSet<T>;
    pub struct VecDeque<T>;
    pub struct BinaryHeap<T>;
    pub struct LinkedList<T>;
    impl<T> HashSet<T> {
        pub fn new() -> HashSet<T>;
        pub fn with_capacity(capacity: usize) -> HashSet<T>;
    }
    impl<T, S> HashSet<T, S> {
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn iter(&self) -> Iter<&T>;
        pub fn drain(&mut self) -> Iter<T>;
        pub fn clear(&mut self);
        pub fn contains<Q>(&self, value: &Q) -> bool;
        pub fn get<Q>(&self, value: &Q) -> Option<&T>;
        pub fn insert(&mut self, value: T) -> bool;
        pub fn remove<Q>(&mut self, value: &Q) -> bool;
        pub fn take<Q>(&mut self, value: &Q) -> Option<T>;
        pub fn retain<F: FnMut(&T) -> bool>(&mut self, f: F);
        pub fn union(&self, other: &HashSet<T, S>) -> Iter<&T>;
        pub fn intersection(&self, other: &HashSet<T, S>) -> Iter<&T>;
        pub fn difference(&self, other: &HashSet<T, S>) -> Iter<&T>;
        pub fn is_subset(&self, other: &HashSet<T, S>) -> bool;
    }
    impl<T> BTreeSet<T> {
        pub fn new() -> BTreeSet<T>;
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn iter(&self) -> Iter<&T>;
        pub fn clear(&mut self);
        pub fn contains<Q>(&self, value: &Q) -> bool;
        pub fn insert(&mut self, value: T) -> bool;
        pub fn remove<Q>(&mut self, value: &Q) -> bool;
        pub fn first(&self) -> Option<&T>;
        pub fn last(&self) -> Option<&T>;
        pub fn range<R>(&self, range: R) -> Iter<&T>;
    }
    impl<T> VecDeque<T> {
        pub fn new() -> VecDeque<T>;
        pub fn with_capacity(capacity: usize) -> VecDeque<T>;
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn front(&self) -> Option<&T>;
        pub fn front_mut(&mut self) -> Option<&mut T>;
        pub fn back(&self) -> Option<&T>;
        pub fn back_mut(&mut self) -> Option<&mut T>;
        pub fn push_front(&mut self, value: T);
        pub fn push_back(&mut self, value: T);
        pub fn pop_front(&mut self) -> Option<T>;
        pub fn pop_back(&mut self) -> Option<T>;
        pub fn get(&self, index: usize) -> Option<&T>;
        pub fn get_mut(&mut self, index: usize) -> Option<&mut T>;
        pub fn iter(&self) -> Iter<&T>;
        pub fn iter_mut(&mut self) -> Iter<&mut T>;
        pub fn drain<R>(&mut self, range: R) -> Iter<T>;
        pub fn clear(&mut self);
        pub fn contains(&self, x: &T) -> bool;
        pub fn remove(&mut self, index: usize) -> Option<T>;
        pub fn retain<F: FnMut(&T) -> bool>(&mut self, f: F);
    }
    impl<T> BinaryHeap<T> {
        pub fn new() -> BinaryHeap<T>;
        pub fn push(&mut self, item: T);
        pub fn pop(&mut self) -> Option<T>;
        pub fn peek(&self) -> Option<&T>;
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn into_sorted_vec(self) -> Vec<T>;
        pub fn iter(&self) -> Iter<&T>;
    }
    impl<T, S> crate::iter::IntoIterator for HashSet<T, S> {
        type Item = T;
        type IntoIter = Iter<T>;
    }
    impl<T, S> crate::iter::IntoIterator for &HashSet<T, S> {
        type Item = &T;
        type IntoIter = Iter<&T>;
    }
    impl<T> crate::iter::IntoIterator for BTreeSet<T> {
        type Item = T;
        type IntoIter = Iter<T>;
    }
    impl<T> crate::iter::IntoIterator for &BTreeSet<T> {
        type Item = &T;
        type IntoIter = Iter<&T>;
    }
    impl<T> crate::iter::IntoIterator for VecDeque<T> {
        type Item = T;
        type IntoIter = Iter<T>;
    }
    impl<T> crate::iter::IntoIterator for &VecDeque<T> {
        type Item = &T;
        type IntoIter = Iter<&T>;
    }
    impl<T> crate::iter::IntoIterator for &mut VecDeque<T> {
        type Item = &mut T;
        type IntoIter = Iter<&mut T>;
    }
    impl<T> crate::ops::Index<usize> for VecDeque<T> {
        type Output = T;
    }
    impl<T, S> crate::iter::FromIterator<T> for HashSet<T, S> {}
    impl<T> crate::iter::FromIterator<T> for BTreeSet<T> {}
    impl<T> crate::iter::FromIterator<T> for VecDeque<T> {}
    impl<T, S> crate::iter::Extend<T> for HashSet<T, S> {}
    impl<T> crate::iter::Extend<T> for BTreeSet<T> {}
    impl<T> crate::iter::Extend<T> for VecDeque<T> {}
    impl<T, S> Clone for HashSet<T, S> {}
    impl<T> Clone for BTreeSet<T> {}
    impl<T> Clone for VecDeque<T> {}
    impl<T, S> Default for HashSet<T, S> {}
    impl<T> Default for BTreeSet<T> {}
    impl<T> Default for VecDeque<T> {}
}
pub mod fmt {
    pub type Result = crate::result::Result<(), Error>;
    pub struct Error;
    pub struct Arguments;
    pub struct Formatter;
    pub struct DebugStruct;
    pub struct DebugList;
    pub struct DebugTuple;
    pub struct DebugMap;
    pub trait Debug {
        fn fmt(&self, f: &mut Formatter) -> Result;
    }
    pub trait Display {
        fn fmt(&self, f: &mut Formatter) -> Result;
    }
    pub trait LowerHex {
        fn fmt(&self, f: &mut Formatter) -> Result;
    }
    pub trait Pointer {
        fn fmt(&self, f: &mut Formatter) -> Result;
    }
    pub trait Write {
        fn write_str(&mut self, s: &str) -> Result;
        fn write_char(&mut self, c: char) -> Result;
        fn write_fmt(&mut self, args: Arguments) -> Result;
    }
    impl Formatter {
        pub fn write_str(&mut self, data: &str) -> Result;
        pub fn write_fmt(&mut self, fmt: Arguments) -> Result;
        pub fn pad(&mut self, s: &str) -> Result;
        pub fn alternate(&self) -> bool;
        pub fn width(&self) -> Option<usize>;
        pub fn debug_struct(&mut self, name: &str) -> DebugStruct;
        pub fn debug_tuple(&mut self, name: &str) -> DebugTuple;
        pub fn debug_list(&mut self) -> DebugList;
        pub fn debug_map(&mut self) -> DebugMap;
    }
    impl DebugStruct {
        pub fn field<T>(&mut self, name: &str, value: T) -> &mut DebugStruct;
        pub fn finish(&mut self) -> Result;
        pub fn finish_non_exhaustive(&mut self) -> Result;
    }
    impl DebugTuple {
        pub fn field<T>(&mut self, value: T) -> &mut DebugTuple;
        pub fn finish(&mut self) -> Result;
    }
    impl DebugList {
        pub fn entry<T>(&mut self, value: T) -> &mut DebugList;
        pub fn entries<I>(&mut self, entries: I) -> &mut DebugList;
        pub fn finish(&mut self) -> Result;
    }
    impl DebugMap {
        pub fn entry<K, V>(&mut self, key: K, value: V) -> &mut DebugMap;
        pub fn entries<I>(&mut self, entries: I) -> &mut DebugMap;
        pub fn finish(&mut self) -> Result;
    }
}
pub mod hash {
    pub trait Hash {
        fn hash<H: Hasher>(&self, state: &mut H);
    }
    pub trait Hasher {
        fn finish(&self) -> u64;
        fn write(&mut self, bytes: &[u8]);
        fn write_u8(&mut self, i: u8);
        fn write_u32(&mut self, i: u32);
        fn write_u64(&mut self, i: u64);
        fn write_usize(&mut self, i: usize);
    }
    pub trait BuildHasher {
        type Hasher: Hasher;
        fn build_hasher(&self) -> Self::Hasher;
        fn hash_one<T>(&self, x: T) -> u64;
    }
    pub struct DefaultHasher;
}
pub mod io {
    pub type Result<T> = crate::result::Result<T, Error>;
    pub struct Error;
    pub enum ErrorKind {
        NotFound,
        PermissionDenied,
        BrokenPipe,
        InvalidInput,
        InvalidData,
        UnexpectedEof,
        Other,
        Interrupted,
        AlreadyExists,
        WouldBlock,
    }
    impl Error {
        pub fn new<E>(kind: ErrorKind, error: E) -> Error;
        pub fn other<E>(error: E) -> Error;
        pub fn last_os_error() -> Error;
        pub fn kind(&self) -> ErrorKind;
        pub fn raw_os_error(&self) -> Option<i32>;
    }
    pub trait Read {
        fn read(&mut self, buf: &mut [u8]) -> Result<usize>;
        fn read_to_end(&mut self, buf: &mut Vec<u8>) -> Result<usize>;
        fn read_to_string(&mut self, buf: &mut crate::string::String) -> Result<usize>;
        fn read_exact(&mut self, buf: &mut [u8]) -> Result<()>;
        fn by_ref(&mut self) -> &mut Self;
    }
    pub trait Write {
        fn write(&mut self, buf: &[u8]) -> Result<usize>;
        fn flush(&mut self) -> Result<()>;
        fn write_all(&mut self, buf: &[u8]) -> Result<()>;
        fn write_fmt(&mut self, args: crate::fmt::Arguments) -> Result<()>;
        fn by_ref(&mut self) -> &mut Self;
    }
    pub trait BufRead: Read {
        fn fill_buf(&mut self) -> Result<&[u8]>;
        fn consume(&mut self, amount: usize);
        fn read_line(&mut self, buf: &mut crate::string::String) -> Result<usize>;
        fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> Result<usize>;
        fn lines(self) -> crate::iter::Iter<Result<crate::string::String>>;
    }
    pub trait Seek {}
    pub struct BufReader<R>;
    pub struct BufWriter<W>;
    pub struct Cursor<T>;
    pub struct Stdin;
    pub struct Stdout;
    pub struct Stderr;
    pub fn stdin() -> Stdin;
    pub fn stdout() -> Stdout;
    pub fn stderr() -> Stderr;
    impl<R> BufReader<R> {
        pub fn new(inner: R) -> BufReader<R>;
    }
    impl<W> BufWriter<W> {
        pub fn new(inner: W) -> BufWriter<W>;
        pub fn get_ref(&self) -> &W;
    }
    impl<R: Read> Read for BufReader<R> {}
    impl<R: Read> BufRead for BufReader<R> {}
    impl<W: Write> Write for BufWriter<W> {}
    impl<T> Cursor<T> {
        pub fn new(inner: T) -> Cursor<T>;
        pub fn into_inner(self) -> T;
    }
    impl Write for Vec<u8> {}
    impl<R: Read> Read for &mut R {}
    impl<W: Write> Write for &mut W {}
}
pub mod path {
    use crate::ffi::{OsStr, OsString};
    pub struct Path;
    pub struct PathBuf;
    pub struct Display;
    pub enum Component {
        RootDir,
        CurDir,
        ParentDir,
        Normal(&OsStr),
    }
    impl Path {
        pub fn new<S>(s: &S) -> &Path;
        pub fn as_os_str(&self) -> &OsStr;
        pub fn to_str(&self) -> Option<&str>;
        pub fn to_string_lossy(&self) -> crate::borrow::Cow<str>;
        pub fn to_path_buf(&self) -> PathBuf;
        pub fn is_absolute(&self) -> bool;
        pub fn parent(&self) -> Option<&Path>;
        pub fn ancestors(&self) -> crate::iter::Iter<&Path>;
        pub fn file_name(&self) -> Option<&OsStr>;
        pub fn strip_prefix<P>(&self, base: P) -> Result<&Path, StripPrefixError>;
        pub fn starts_with<P>(&self, base: P) -> bool;
        pub fn ends_with<P>(&self, child: P) -> bool;
        pub fn file_stem(&self) -> Option<&OsStr>;
        pub fn extension(&self) -> Option<&OsStr>;
        pub fn join<P>(&self, path: P) -> PathBuf;
        pub fn with_file_name<S>(&self, file_name: S) -> PathBuf;
        pub fn with_extension<S>(&self, extension: S) -> PathBuf;
        pub fn components(&self) -> crate::iter::Iter<Component>;
        pub fn display(&self) -> Display;
        pub fn metadata(&self) -> crate::io::Result<crate::fs::Metadata>;
        pub fn canonicalize(&self) -> crate::io::Result<PathBuf>;
        pub fn exists(&self) -> bool;
        pub fn is_file(&self) -> bool;
        pub fn is_dir(&self) -> bool;
    }
    impl PathBuf {
        pub fn new() -> PathBuf;
        pub fn push<P>(&mut self, path: P);
        pub fn pop(&mut self) -> bool;
        pub fn as_path(&self) -> &Path;
        pub fn set_extension<S>(&mut self, extension: S) -> bool;
        pub fn into_os_string(self) -> OsString;
    }
    pub struct StripPrefixError;
    impl crate::ops::Deref for PathBuf {
        type Target = Path;
    }
    impl crate::borrow::ToOwned for Path {
        type Owned = PathBuf;
    }
    impl Clone for PathBuf {}
    impl Default for PathBuf {}
    impl PartialEq for Path {}
    impl crate::convert::AsRef<Path> for Path {}
    impl crate::convert::AsRef<Path> for PathBuf {}
    impl crate::convert::From<&str> for PathBuf {}
}
pub mod ffi {
    pub struct OsStr;
    pub struct OsString;
    pub struct CStr;
    pub struct CString;
    impl OsStr {
        pub fn new<S>(s: &S) -> &OsStr;
        pub fn to_str(&self) -> Option<&str>;
        pub fn to_string_lossy(&self) -> crate::borrow::Cow<str>;
        pub fn to_os_string(&self) -> OsString;
        pub fn is_empty(&self) -> bool;
        pub fn len(&self) -> usize;
    }
    impl OsString {
        pub fn new() -> OsString;
        pub fn into_string(self) -> Result<crate::string::String, OsString>;
        pub fn push<T>(&mut self, s: T);
    }
    impl crate::ops::Deref for OsString {
        type Target = OsStr;
    }
    impl Clone for OsString {}
    impl crate::borrow::ToOwned for OsStr {
        type Owned = OsString;
    }
}
pub mod fs {
    use crate::io::Result;
    use crate::path::{Path, PathBuf};
    pub struct File;
    pub struct Metadata;
    pub struct DirEntry;
    pub struct FileType;
    pub struct OpenOptions;
    pub fn read<P>(path: P) -> Result<Vec<u8>>;
    pub fn read_to_string<P>(path: P) -> Result<crate::string::String>;
    pub fn write<P, C>(path: P, contents: C) -> Result<()>;
    pub fn metadata<P>(path: P) -> Result<Metadata>;
    pub fn read_dir<P>(path: P) -> Result<crate::iter::Iter<Result<DirEntry>>>;
    pub fn create_dir_all<P>(path: P) -> Result<()>;
    pub fn remove_file<P>(path: P) -> Result<()>;
    pub fn canonicalize<P>(path: P) -> Result<PathBuf>;
    impl File {
        pub fn open<P>(path: P) -> Result<File>;
        pub fn create<P>(path: P) -> Result<File>;
        pub fn metadata(&self) -> Result<Metadata>;
    }
    impl Metadata {
        pub fn is_dir(&self) -> bool;
        pub fn is_file(&self) -> bool;
        pub fn len(&self) -> u64;
        pub fn file_type(&self) -> FileType;
        pub fn modified(&self) -> Result<crate::time::SystemTime>;
    }
    impl DirEntry {
        pub fn path(&self) -> PathBuf;
        pub fn file_name(&self) -> crate::ffi::OsString;
        pub fn metadata(&self) -> Result<Metadata>;
        pub fn file_type(&self) -> Result<FileType>;
    }
    impl FileType {
        pub fn is_dir(&self) -> bool;
        pub fn is_file(&self) -> bool;
        pub fn is_symlink(&self) -> bool;
    }
    impl crate::io::Read for File {}
    impl crate::io::Write for File {}
}
pub mod time {
    pub struct Duration;
    pub struct Instant;
    pub struct SystemTime;
    impl Duration {
        pub fn new(secs: u64, nanos: u32) -> Duration;
        pub fn from_secs(secs: u64) -> Duration;
        pub fn from_millis(millis: u64) -> Duration;
        pub fn from_micros(micros: u64) -> Duration;
        pub fn from_nanos(nanos: u64) -> Duration;
        pub fn from_secs_f32(secs: f32) -> Duration;
        pub fn from_secs_f64(secs: f64) -> Duration;
        pub fn as_secs(&self) -> u64;
        pub fn as_millis(&self) -> u128;
        pub fn as_nanos(&self) -> u128;
        pub fn as_secs_f32(&self) -> f32;
        pub fn as_secs_f64(&self) -> f64;
        pub fn subsec_nanos(&self) -> u32;
        pub fn is_zero(&self) -> bool;
    }
    impl Instant {
        pub fn now() -> Instant;
        pub fn elapsed(&self) -> Duration;
        pub fn duration_since(&self, earlier: Instant) -> Duration;
    }
    impl SystemTime {
        pub fn now() -> SystemTime;
    }
    impl Clone for Duration {}
    impl Clone for Instant {}
    impl Default for Duration {}
}
pub mod mem {
    pub fn drop<T>(x: T);
    pub fn swap<T>(x: &mut T, y: &mut T);
    pub fn replace<T>(dest: &mut T, src: T) -> T;
    pub fn take<T>(dest: &mut T) -> T;
    pub fn forget<T>(t: T);
    pub fn size_of<T>() -> usize;
    pub fn align_of<T>() -> usize;
    pub fn transmute<A, B>(a: A) -> B;
    pub struct ManuallyDrop<T>;
    pub enum MaybeUninit<T> {
        Value(T),
    }
    impl<T> ManuallyDrop<T> {
        pub fn new(value: T) -> ManuallyDrop<T>;
        pub fn into_inner(slot: ManuallyDrop<T>) -> T;
    }
    impl<T> crate::ops::Deref for ManuallyDrop<T> {
        type Target = T;
    }
    impl<T> MaybeUninit<T> {
        pub fn new(val: T) -> MaybeUninit<T>;
        pub fn uninit() -> MaybeUninit<T>;
        pub fn assume_init(self) -> T;
    }
}
pub mod ptr {
    pub struct NonNull<T>;
    impl<T> NonNull<T> {
        pub fn new(pointer: *mut T) -> Option<NonNull<T>>;
        pub fn new_unchecked(pointer: *mut T) -> NonNull<T>;
        pub fn dangling() -> NonNull<T>;
        pub fn from_ref(r: &T) -> NonNull<T>;
        pub fn from_mut(r: &mut T) -> NonNull<T>;
        pub fn as_ptr(self) -> *mut T;
        pub fn as_ref(&self) -> &T;
        pub fn as_mut(&mut self) -> &mut T;
        pub fn cast<U>(self) -> NonNull<U>;
        pub fn add(self, count: usize) -> NonNull<T>;
        pub fn sub(self, count: usize) -> NonNull<T>;
        pub fn read(self) -> T;
        pub fn write(self, value: T);
    }
    impl<T> Clone for NonNull<T> {}
    impl<T> Copy for NonNull<T> {}
    impl<T> PartialEq for NonNull<T> {}
    impl<T> crate::convert::From<&T> for NonNull<T> {}
    impl<T> crate::convert::From<&mut T> for NonNull<T> {}
    impl<T> *mut T {
        pub fn as_ref(self) -> Option<&T>;
        pub fn as_mut(self) -> Option<&mut T>;
        pub fn add(self, count: usize) -> *mut T;
        pub fn sub(self, count: usize) -> *mut T;
        pub fn offset(self, count: isize) -> *mut T;
        pub fn cast<U>(self) -> *mut U;
        pub fn cast_const(self) -> *mut T;
        pub fn cast_mut(self) -> *mut T;
        pub fn is_null(self) -> bool;
        pub fn read(self) -> T;
        pub fn write(self, value: T);
    }
    pub fn null<T>() -> *const T;
    pub fn null_mut<T>() -> *mut T;
    pub fn read<T>(src: *const T) -> T;
    pub fn write<T>(dst: *mut T, src: T);
    pub fn replace<T>(dst: *mut T, src: T) -> T;
    pub fn eq<T>(a: *const T, b: *const T) -> bool;
    pub fn from_ref<T>(r: &T) -> *const T;
    pub fn from_mut<T>(r: &mut T) -> *mut T;
}
pub mod pin {
    pub struct Pin<P>;
    impl<P> Pin<P> {
        pub fn new(pointer: P) -> Pin<P>;
        pub fn as_mut(&mut self) -> Pin<&mut <P as crate::ops::Deref>::Target>;
        pub fn as_ref(&self) -> Pin<&<P as crate::ops::Deref>::Target>;
        pub fn get_mut(self) -> P;
        pub fn get_unchecked_mut(self) -> P;
    }
    impl<P> Pin<&mut P> {
        pub fn as_deref_mut(self) -> Pin<&mut <P as crate::ops::Deref>::Target>;
    }
    impl<P> Pin<P> {
        pub fn new_unchecked(pointer: P) -> Pin<P>;
        pub fn set(&mut self, value: <P as crate::ops::Deref>::Target);
        pub fn get_ref(self) -> P;
        pub fn map_unchecked_mut<U, F: FnOnce(P) -> &mut U>(self, f: F) -> Pin<&mut U>;
        pub fn map_unchecked<U, F: FnOnce(P) -> &U>(self, f: F) -> Pin<&U>;
        pub fn into_inner(pin: Pin<P>) -> P;
    }
    impl<P> crate::ops::Deref for Pin<P> {
        type Target = <P as crate::ops::Deref>::Target;
    }
    impl<P> crate::ops::DerefMut for Pin<P> {}
    impl<P> crate::future::Future for Pin<P> {
        type Output = <<P as crate::ops::Deref>::Target as crate::future::Future>::Output;
    }
}
pub mod future {
    pub trait Future {
        type Output;
        fn poll(
            self: crate::pin::Pin<&mut Self>,
            cx: &mut crate::task::Context,
        ) -> crate::task::Poll<Self::Output>;
    }
    pub trait IntoFuture {
        type Output;
        type IntoFuture: Future;
        fn into_future(self) -> Self::IntoFuture;
    }
    pub fn ready<T>(t: T) -> Ready<T>;
    pub struct Ready<T>;
    impl<T> Future for Ready<T> {
        type Output = T;
    }
}
pub mod task {
    pub struct Context;
    pub struct Waker;
    pub enum Poll<T> {
        Ready(T),
        Pending,
    }
    impl Context {
        pub fn waker(&self) -> &Waker;
        pub fn from_waker(waker: &Waker) -> Context;
    }
    impl Waker {
        pub fn wake(self);
        pub fn wake_by_ref(&self);
        pub fn will_wake(&self, other: &Waker) -> bool;
    }
    impl Clone for Waker {}
    impl<T> Poll<T> {
        pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Poll<U>;
        pub fn is_ready(&self) -> bool;
        pub fn is_pending(&self) -> bool;
    }
}
pub mod any {
    pub trait Any {
        fn type_id(&self) -> TypeId;
    }
    pub struct TypeId;
    impl TypeId {
        pub fn of<T>() -> TypeId;
    }
    pub fn type_name<T>() -> &str;
}
pub mod error {
    pub trait Error {
        fn source(&self) -> Option<&dyn Error>;
        fn description(&self) -> &str;
    }
}
pub mod env {
    pub fn args() -> crate::iter::Iter<crate::string::String>;
    pub fn args_os() -> crate::iter::Iter<crate::ffi::OsString>;
    pub fn var<K>(key: K) -> Result<crate::string::String, VarError>;
    pub fn var_os<K>(key: K) -> Option<crate::ffi::OsString>;
    pub fn current_dir() -> crate::io::Result<crate::path::PathBuf>;
    pub enum VarError {
        NotPresent,
    }
}
pub mod process {
    pub struct Command;
    pub struct Child;
    pub struct Output {
        pub status: ExitStatus,
        pub stdout: Vec<u8>,
        pub stderr: Vec<u8>,
    }
    pub struct ExitStatus;
    pub struct ExitCode;
    pub struct Stdio;
    pub fn exit(code: i32) -> !;
    pub fn id() -> u32;
    impl Command {
        pub fn new<S>(program: S) -> Command;
        pub fn arg<S>(&mut self, arg: S) -> &mut Command;
        pub fn args<I>(&mut self, args: I) -> &mut Command;
        pub fn env<K, V>(&mut self, key: K, val: V) -> &mut Command;
        pub fn current_dir<P>(&mut self, dir: P) -> &mut Command;
        pub fn stdin<T>(&mut self, cfg: T) -> &mut Command;
        pub fn stdout<T>(&mut self, cfg: T) -> &mut Command;
        pub fn stderr<T>(&mut self, cfg: T) -> &mut Command;
        pub fn spawn(&mut self) -> crate::io::Result<Child>;
        pub fn output(&mut self) -> crate::io::Result<Output>;
        pub fn status(&mut self) -> crate::io::Result<ExitStatus>;
    }
    impl Child {
        pub fn id(&self) -> u32;
        pub fn try_wait(&mut self) -> crate::io::Result<Option<ExitStatus>>;
        pub fn wait(&mut self) -> crate::io::Result<ExitStatus>;
        pub fn kill(&mut self) -> crate::io::Result<()>;
        pub fn wait_with_output(self) -> crate::io::Result<Output>;
    }
    impl ExitStatus {
        pub fn success(&self) -> bool;
        pub fn code(&self) -> Option<i32>;
    }
}
pub mod thread {
    pub struct JoinHandle<T>;
    pub struct Thread;
    pub fn spawn<F: FnOnce() -> T, T>(f: F) -> JoinHandle<T>;
    pub fn sleep(dur: crate::time::Duration);
    pub fn current() -> Thread;
    impl<T> JoinHandle<T> {
        pub fn join(self) -> Result<T, crate::boxed::Box<dyn crate::any::Any>>;
    }
}
pub mod num {
    pub struct NonZeroU32;
    pub struct NonZeroUsize;
    pub struct ParseIntError;
    pub struct Wrapping<T>(pub T);
}
macro_rules! vec { () => {}; }
macro_rules! println { () => {}; }
macro_rules! print { () => {}; }
macro_rules! eprintln { () => {}; }
macro_rules! eprint { () => {}; }
macro_rules! format { () => {}; }
macro_rules! write { () => {}; }
macro_rules! writeln { () => {}; }
macro_rules! panic { () => {}; }
macro_rules! assert { () => {}; }
macro_rules! assert_eq { () => {}; }
macro_rules! assert_ne { () => {}; }
macro_rules! debug_assert { () => {}; }
macro_rules! debug_assert_eq { () => {}; }
macro_rules! debug_assert_ne { () => {}; }
macro_rules! unreachable { () => {}; }
macro_rules! unimplemented { () => {}; }
macro_rules! todo { () => {}; }
macro_rules! matches { () => {}; }
macro_rules! dbg { () => {}; }
macro_rules! cfg { () => {}; }
macro_rules! concat { () => {}; }
macro_rules! stringify { () => {}; }
macro_rules! env { () => {}; }
macro_rules! option_env { () => {}; }
macro_rules! include { () => {}; }
macro_rules! include_str { () => {}; }
macro_rules! include_bytes { () => {}; }
macro_rules! file { () => {}; }
macro_rules! line { () => {}; }
macro_rules! column { () => {}; }
macro_rules! module_path { () => {}; }
macro_rules! compile_error { () => {}; }
macro_rules! thread_local { () => {}; }
macro_rules! format_args { () => {}; }
macro_rules! addr_of { () => {}; }
macro_rules! ready { () => {}; }
