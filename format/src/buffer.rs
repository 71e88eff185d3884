//! Shared, immutable, 64-byte aligned buffers of fixed-width values, and the growable form they come from.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::fmt;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

use bytes::Bytes;
use ethnum::I256;

use crate::{Interval, RangeValue, View};

/// Alignment of every buffer this crate allocates: a cache line, and the widest SIMD register.
pub const ALIGNMENT: usize = 64;

/// A fixed-width value that is valid for every bit pattern and has no padding.
///
/// # Safety
/// Implementors must be `repr` types without padding for which all bit patterns are valid.
pub unsafe trait Pod: Copy + Send + Sync + Default + 'static {}

macro_rules! pod {
    ($($t:ty),*) => {$(
        // SAFETY: plain integers, floats and repr(C) structs of them without padding.
        unsafe impl Pod for $t {}
    )*};
}
pod!(u8, i8, u16, i16, u32, i32, u64, i64, u128, i128, f32, f64, I256, View, Interval, RangeValue);

/// A growable buffer; [`BufferMut::freeze`] turns it into a shared [`Buffer`] without copying.
pub struct BufferMut<T: Pod> {
    ptr: NonNull<T>,
    len: usize,
    capacity: usize,
}

// SAFETY: the buffer owns its memory exclusively and T is Send + Sync.
unsafe impl<T: Pod> Send for BufferMut<T> {}
// SAFETY: as above; shared references only read.
unsafe impl<T: Pod> Sync for BufferMut<T> {}

impl<T: Pod> BufferMut<T> {
    /// An empty buffer; allocates nothing.
    pub fn new() -> Self {
        Self { ptr: NonNull::dangling(), len: 0, capacity: 0 }
    }

    /// An empty buffer with room for `capacity` values.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut buffer = Self::new();
        buffer.reserve(capacity);
        buffer
    }

    /// `len` copies of `value`.
    pub fn filled(value: T, len: usize) -> Self {
        let mut buffer = Self::with_capacity(len);
        buffer.resize(len, value);
        buffer
    }

    /// `len` values, value `i` made by `make(i)`; faster than pushing them.
    #[inline]
    pub fn from_fn(len: usize, mut make: impl FnMut(usize) -> T) -> Self {
        let mut buffer = Self::new();
        buffer.extend_from_fn(len, &mut make);
        buffer
    }

    /// Appends `additional` values, the `i`-th of them made by `make(i)`.
    #[inline]
    pub fn extend_from_fn(&mut self, additional: usize, mut make: impl FnMut(usize) -> T) {
        self.reserve(additional);
        for index in 0..additional {
            // SAFETY: len + index < len + additional <= capacity.
            unsafe { self.ptr.as_ptr().add(self.len + index).write(make(index)) };
        }
        self.len += additional;
    }

    /// Appends `additional` values that `write` leaves in the slots it is given; nothing when it fails.
    ///
    /// # Safety
    /// When `write` returns Ok it must have initialised every slot.
    #[inline]
    pub(crate) unsafe fn try_extend_with<E>(
        &mut self,
        additional: usize,
        write: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.reserve(additional);
        // SAFETY: capacity suffices after the reserve, and MaybeUninit needs no initialisation.
        let slots =
            unsafe { std::slice::from_raw_parts_mut(self.ptr.as_ptr().add(self.len).cast(), additional) };
        write(slots)?;
        self.len += additional;
        Ok(())
    }

    fn layout(capacity: usize) -> Layout {
        let size = capacity.checked_mul(size_of::<T>()).expect("buffer size overflows");
        Layout::from_size_align(size, ALIGNMENT).expect("buffer size overflows")
    }

    /// Makes room for `additional` more values.
    pub fn reserve(&mut self, additional: usize) {
        let needed = self.len.checked_add(additional).expect("buffer length overflows");
        if needed <= self.capacity {
            return;
        }
        let capacity = needed.max(self.capacity * 2).max(ALIGNMENT / size_of::<T>().min(ALIGNMENT));
        let layout = Self::layout(capacity);
        // SAFETY: the layout has non-zero size because capacity >= 1 and T is not zero-sized.
        let raw = unsafe { alloc(layout) } as *mut T;
        let Some(fresh) = NonNull::new(raw) else { handle_alloc_error(layout) };
        // SAFETY: both regions are valid for `len` values and do not overlap.
        unsafe { std::ptr::copy_nonoverlapping(self.ptr.as_ptr(), fresh.as_ptr(), self.len) };
        self.release();
        self.ptr = fresh;
        self.capacity = capacity;
    }

    fn release(&mut self) {
        if self.capacity > 0 {
            // SAFETY: ptr came from alloc with this very layout.
            unsafe { dealloc(self.ptr.as_ptr() as *mut u8, Self::layout(self.capacity)) };
        }
    }

    /// Appends a value.
    #[inline]
    pub fn push(&mut self, value: T) {
        if self.len == self.capacity {
            self.reserve(1);
        }
        // SAFETY: len < capacity after the reserve.
        unsafe { self.ptr.as_ptr().add(self.len).write(value) };
        self.len += 1;
    }

    /// Appends a slice.
    pub fn extend_from_slice(&mut self, values: &[T]) {
        self.reserve(values.len());
        // SAFETY: capacity suffices after the reserve; a slice cannot overlap our exclusive memory.
        unsafe {
            std::ptr::copy_nonoverlapping(values.as_ptr(), self.ptr.as_ptr().add(self.len), values.len());
        }
        self.len += values.len();
    }

    /// Shortens, or lengthens with `value`.
    pub fn resize(&mut self, len: usize, value: T) {
        if len > self.len {
            self.reserve(len - self.len);
            for i in self.len..len {
                // SAFETY: i < len <= capacity.
                unsafe { self.ptr.as_ptr().add(i).write(value) };
            }
        }
        self.len = len;
    }

    /// Forgets the values and keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Values that fit without reallocation.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Shares the values; no copy.
    pub fn freeze(self) -> Buffer<T> {
        let (ptr, len) = (self.ptr.as_ptr() as *const T, self.len);
        Buffer { owner: Arc::new(Owner::Aligned(Box::new(self))), ptr, len, _values: PhantomData }
    }
}

impl<T: Pod> Drop for BufferMut<T> {
    fn drop(&mut self) {
        self.release();
    }
}

impl<T: Pod> Default for BufferMut<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Pod> Deref for BufferMut<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: the first len values are initialised; a dangling pointer is fine for len 0.
        unsafe { std::slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }
}

impl<T: Pod> DerefMut for BufferMut<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for Deref, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) }
    }
}

impl<T: Pod> FromIterator<T> for BufferMut<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let values = values.into_iter();
        let mut buffer = Self::with_capacity(values.size_hint().0);
        values.for_each(|value| buffer.push(value));
        buffer
    }
}

impl<T: Pod> Extend<T> for BufferMut<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for BufferMut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().take(8)).finish_non_exhaustive()
    }
}

/// Keeps the memory of a [`Buffer`] alive.
enum Owner {
    Aligned(#[allow(dead_code)] Box<dyn Send + Sync + Erased>),
    Bytes(#[allow(dead_code)] Bytes),
}

trait Erased {}
impl<T: Pod> Erased for BufferMut<T> {}

/// A shared, immutable slice of values. Cloning and slicing copy nothing.
pub struct Buffer<T: Pod> {
    owner: Arc<Owner>,
    ptr: *const T,
    len: usize,
    _values: PhantomData<T>,
}

// SAFETY: the memory behind ptr is immutable for the owner's life, and T is Send + Sync.
unsafe impl<T: Pod> Send for Buffer<T> {}
// SAFETY: as above.
unsafe impl<T: Pod> Sync for Buffer<T> {}

impl<T: Pod> Buffer<T> {
    /// Shares `bytes` as values when they are aligned for T and a whole number of them; else copies.
    /// Trailing bytes short of a value are left out. Little-endian machines only, as the format is.
    pub fn from_bytes(bytes: Bytes) -> Self {
        let len = bytes.len() / size_of::<T>();
        let ptr = bytes.as_ptr();
        if ptr.align_offset(align_of::<T>()) == 0 {
            return Self {
                ptr: ptr as *const T,
                owner: Arc::new(Owner::Bytes(bytes)),
                len,
                _values: PhantomData,
            };
        }
        let mut copy = BufferMut::<T>::with_capacity(len);
        // SAFETY: room for len values was reserved and every bit pattern is a valid T.
        unsafe {
            std::ptr::copy_nonoverlapping(ptr, copy.ptr.as_ptr() as *mut u8, len * size_of::<T>());
        }
        copy.len = len;
        copy.freeze()
    }

    /// The values from `offset`, `len` of them; no copy.
    ///
    /// # Panics
    /// When the range is outside the buffer.
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        assert!(offset.checked_add(len).is_some_and(|end| end <= self.len), "slice outside buffer");
        // SAFETY: offset <= self.len, checked above.
        Self { owner: self.owner.clone(), ptr: unsafe { self.ptr.add(offset) }, len, _values: PhantomData }
    }

    /// The values' bytes as a shared [`Bytes`]; no copy.
    pub fn to_bytes(&self) -> Bytes {
        struct Holder<T: Pod>(Buffer<T>);
        impl<T: Pod> AsRef<[u8]> for Holder<T> {
            fn as_ref(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }
        Bytes::from_owner(Holder(self.clone()))
    }

    /// The values' bytes.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: Pod has no padding, so all len * size bytes are initialised.
        unsafe { std::slice::from_raw_parts(self.ptr as *const u8, self.len * size_of::<T>()) }
    }
}

impl<T: Pod> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self { owner: self.owner.clone(), ptr: self.ptr, len: self.len, _values: PhantomData }
    }
}

impl<T: Pod> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: the owner keeps len values alive and initialised at ptr.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
}

impl<T: Pod> Default for Buffer<T> {
    fn default() -> Self {
        BufferMut::new().freeze()
    }
}

impl<T: Pod> From<&[T]> for Buffer<T> {
    fn from(values: &[T]) -> Self {
        let mut buffer = BufferMut::with_capacity(values.len());
        buffer.extend_from_slice(values);
        buffer.freeze()
    }
}

impl<T: Pod> FromIterator<T> for Buffer<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        values.into_iter().collect::<BufferMut<T>>().freeze()
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().take(8)).finish_non_exhaustive()
    }
}
