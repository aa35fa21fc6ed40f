//! Keeping some of many items.

use std::ops::{Deref, DerefMut};

/// Items that were kept of those looked at. Its memory serves again.
#[derive(Debug, Default)]
pub(super) struct Kept<T> {
    /// The items, and behind them room.
    items: Vec<T>,
    count: usize,
}

impl<T: Copy + Default> Kept<T> {
    /// Begins anew, with room for so many items.
    pub(super) fn begin(&mut self, room: usize) -> Keeping<'_, T> {
        if self.items.len() < room {
            self.items.resize(room, T::default());
        }
        Keeping { items: &mut self.items[..room], count: 0, kept: &mut self.count }
    }
}

impl<T> Deref for Kept<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..self.count]
    }
}

impl<T> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items[..self.count]
    }
}

/// The keeping of one time: what was kept stands when it ends.
#[derive(Debug)]
pub(super) struct Keeping<'a, T> {
    items: &'a mut [T],
    count: usize,
    kept: &'a mut usize,
}

impl<T> Keeping<'_, T> {
    /// Keeps an item or not. There is no branch: which it will be cannot be foreseen, and a wrong guess costs the processor more than the write.
    #[inline]
    pub(super) fn keep(&mut self, is_kept: bool, item: T) {
        self.items[self.count] = item;
        self.count += usize::from(is_kept);
    }
}

impl<T> Drop for Keeping<'_, T> {
    fn drop(&mut self) {
        *self.kept = self.count;
    }
}
