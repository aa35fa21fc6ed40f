//! Typed columns of the tables between stages.
//!
//! [`stage_table!`](crate::stage_table) makes from one list of columns the struct of arrays that a stage reads, the builder that it
//! writes with, and the schema of the file in between, so that the three cannot differ.

use arrow::array::{Array, ArrayRef, PrimitiveArray, RecordBatch, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type};
use arrow::error::ArrowError;
use std::sync::Arc;

/// A column type of a stage table.
pub trait StageColumn {
    /// Its array.
    type Array: Array + Clone + 'static;
    /// Its builder.
    type Builder: ColumnBuilder<Self::Array>;
    /// Its Arrow type.
    const DATA_TYPE: DataType;
}

/// The values of a column in the making. None is ever missing.
pub trait ColumnBuilder<A>: Default {
    /// Values so far.
    fn rows(&self) -> usize;
    /// Makes room for so many further values.
    fn reserve(&mut self, values: usize);
    /// The values as an array; the builder is empty afterwards.
    ///
    /// # Errors
    /// Where an array cannot hold so much text.
    fn finish(&mut self) -> Result<ArrayRef, ArrowError>;
    /// Appends all values of an array.
    fn append(&mut self, array: &A);
}

/// Numbers in the making.
#[derive(Debug)]
pub struct Numbers<T: ArrowPrimitiveType>(Vec<T::Native>);

impl<T: ArrowPrimitiveType> Default for Numbers<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    /// Appends a number.
    #[inline]
    pub fn append_value(&mut self, value: T::Native) {
        self.0.push(value);
    }
}

impl<T: ArrowPrimitiveType> ColumnBuilder<PrimitiveArray<T>> for Numbers<T> {
    fn rows(&self) -> usize {
        self.0.len()
    }

    fn reserve(&mut self, values: usize) {
        self.0.reserve(values);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let values = ScalarBuffer::from(std::mem::take(&mut self.0));
        Ok(Arc::new(PrimitiveArray::<T>::try_new(values, None)?))
    }

    fn append(&mut self, array: &PrimitiveArray<T>) {
        self.0.extend_from_slice(array.values());
    }
}

/// Texts in the making.
#[derive(Debug, Default)]
pub struct Texts {
    bytes: Vec<u8>,
    /// Where each text ends.
    ends: Vec<i32>,
}

impl Texts {
    /// Appends a text.
    #[inline]
    pub fn append_value(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        // What is too much for an array is found out at the end.
        self.ends.push(self.bytes.len() as i32);
    }
}

impl ColumnBuilder<StringArray> for Texts {
    fn rows(&self) -> usize {
        self.ends.len()
    }

    fn reserve(&mut self, values: usize) {
        // And for the first offset.
        self.ends.reserve(values + 1);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let Self { bytes, ends: mut offsets } = std::mem::take(self);
        i32::try_from(bytes.len()).map_err(|_| ArrowError::OffsetOverflowError(bytes.len()))?;
        offsets.insert(0, 0);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Ok(Arc::new(StringArray::try_new(offsets, Buffer::from(bytes), None)?))
    }

    fn append(&mut self, array: &StringArray) {
        let offsets = array.value_offsets();
        let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
        let moved = self.bytes.len() as i32;
        self.ends.extend(offsets[1..].iter().map(|end| moved.wrapping_add(end - first)));
        self.bytes.extend_from_slice(&array.value_data()[first as usize..last as usize]);
    }
}

macro_rules! stage_column {
    ($($(#[$meta:meta])* $marker:ident: $array:ty, $builder:ty, $data_type:ident;)+) => {
        $(
            $(#[$meta])*
            #[derive(Debug)]
            pub struct $marker;

            impl StageColumn for $marker {
                type Array = $array;
                type Builder = $builder;
                const DATA_TYPE: DataType = DataType::$data_type;
            }
        )+
    };
}

stage_column! {
    /// Unsigned, 8 bits.
    U8: PrimitiveArray<UInt8Type>, Numbers<UInt8Type>, UInt8;
    /// Unsigned, 16 bits.
    U16: PrimitiveArray<UInt16Type>, Numbers<UInt16Type>, UInt16;
    /// Unsigned, 32 bits.
    U32: PrimitiveArray<UInt32Type>, Numbers<UInt32Type>, UInt32;
    /// Signed, 32 bits; dates are days since 1970-01-01.
    I32: PrimitiveArray<Int32Type>, Numbers<Int32Type>, Int32;
    /// Signed, 64 bits; money is in cents.
    I64: PrimitiveArray<Int64Type>, Numbers<Int64Type>, Int64;
    /// UTF-8 text.
    Text: StringArray, Texts, Utf8;
}

/// Downcasts a column, or says which one is not what it should be.
pub fn column<A: Array + Clone + 'static>(batch: &RecordBatch, name: &str) -> Result<A, String> {
    batch
        .column_by_name(name)
        .and_then(|array| array.as_any().downcast_ref::<A>())
        .cloned()
        .ok_or_else(|| format!("column {name} is missing or of another type"))
}

/// Declares a stage table: a struct of arrays, its builder and its schema.
#[macro_export]
macro_rules! stage_table {
    ($(#[$meta:meta])* $name:ident, $builder:ident { $($(#[$field_meta:meta])* $field:ident: $marker:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name { $($(#[$field_meta])* pub $field: <$crate::tables::stage_table::$marker as $crate::tables::stage_table::StageColumn>::Array,)+ }

        impl $name {
            /// The schema between stages.
            pub fn schema() -> arrow::datatypes::SchemaRef {
                std::sync::Arc::new(arrow::datatypes::Schema::new(vec![$(arrow::datatypes::Field::new(
                    stringify!($field),
                    <$crate::tables::stage_table::$marker as $crate::tables::stage_table::StageColumn>::DATA_TYPE,
                    false,
                ),)+]))
            }

            /// The typed columns of a batch.
            ///
            /// # Errors
            /// Where a column is missing or of another type.
            pub fn from_batch(batch: &arrow::array::RecordBatch) -> $crate::error::Result<Self> {
                let read = || -> Result<Self, String> {
                    Ok(Self { $($field: $crate::tables::stage_table::column(batch, stringify!($field))?,)+ })
                };
                read().map_err(|cause| $crate::error::Error::Internal(format!("{}: {cause}", stringify!($name))))
            }

            /// The rows in another order. Column by column, so that both orders of a table never stand in memory together.
            ///
            /// # Errors
            /// Where the order names a row that is not there.
            pub fn in_order(self, order: &arrow::array::UInt32Array) -> $crate::error::Result<Self> {
                let take = |column: &dyn arrow::array::Array| {
                    arrow::compute::take(column, order, None).map_err(|error| $crate::error::Error::Internal(error.to_string()))
                };
                $(
                    let $field = {
                        let column = self.$field;
                        take(&column)?
                    };
                )+
                let columns = vec![$($field,)+];
                let batch = arrow::array::RecordBatch::try_new(Self::schema(), columns)
                    .map_err(|error| $crate::error::Error::Internal(error.to_string()))?;
                Self::from_batch(&batch)
            }

            /// The columns as a batch.
            ///
            /// # Errors
            /// Where the columns differ in length.
            pub fn to_batch(&self) -> $crate::error::Result<arrow::array::RecordBatch> {
                let columns: Vec<arrow::array::ArrayRef> = vec![$(std::sync::Arc::new(self.$field.clone()),)+];
                arrow::array::RecordBatch::try_new(Self::schema(), columns).map_err(|error| $crate::error::Error::Internal(error.to_string()))
            }
        }

        #[doc = concat!("Builds [`", stringify!($name), "`].")]
        #[derive(Debug, Default)]
        pub struct $builder { $(pub(crate) $field: <$crate::tables::stage_table::$marker as $crate::tables::stage_table::StageColumn>::Builder,)+ }

        impl $crate::io::sectioned::BatchBuilder for $builder {
            fn schema() -> arrow::datatypes::SchemaRef {
                $name::schema()
            }

            fn rows(&self) -> usize {
                [$($crate::tables::stage_table::ColumnBuilder::rows(&self.$field),)+][0]
            }

            fn take(&mut self) -> $crate::error::Result<arrow::array::RecordBatch> {
                let mut built = || -> Result<arrow::array::RecordBatch, arrow::error::ArrowError> {
                    let columns = vec![$($crate::tables::stage_table::ColumnBuilder::finish(&mut self.$field)?,)+];
                    arrow::array::RecordBatch::try_new($name::schema(), columns)
                };
                built().map_err(|error| $crate::error::Error::Internal(error.to_string()))
            }
        }

        impl $builder {
            /// Makes room for so many further rows; their texts grow by themselves.
            pub fn reserve(&mut self, rows: usize) {
                $($crate::tables::stage_table::ColumnBuilder::reserve(&mut self.$field, rows);)+
            }

            /// Appends all rows of a batch.
            ///
            /// # Errors
            /// Where a column is missing or of another type.
            pub fn extend(&mut self, batch: &arrow::array::RecordBatch) -> $crate::error::Result<()> {
                let columns = $name::from_batch(batch)?;
                $($crate::tables::stage_table::ColumnBuilder::append(&mut self.$field, &columns.$field);)+
                Ok(())
            }

            /// The rows built so far as typed columns; the builder is empty afterwards.
            ///
            /// # Errors
            /// Where the columns differ in length, which is a defect of the caller.
            pub fn finish(&mut self) -> $crate::error::Result<$name> {
                $name::from_batch(&$crate::io::sectioned::BatchBuilder::take(self)?)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int32Array;

    #[test]
    fn columns_are_what_was_appended() {
        let (mut texts, mut numbers) = (Texts::default(), Numbers::<Int32Type>::default());
        for round in 0..2 {
            texts.append_value("Händler");
            texts.append_value("");
            // A part of an array begins and ends within its values.
            texts.append(&StringArray::from(vec!["before", "ä", "", "b", "behind"]).slice(1, 3));
            numbers.append_value(round);
            numbers.append(&PrimitiveArray::from(vec![7, 8, 9]).slice(1, 1));
            assert_eq!((texts.rows(), numbers.rows()), (5, 2));
            let (texts, numbers) = (texts.finish().expect("little text"), numbers.finish().expect("numbers"));
            assert_eq!(*texts, StringArray::from(vec!["Händler", "", "ä", "", "b"]));
            assert_eq!(*numbers, Int32Array::from(vec![round, 8]));
        }
        assert_eq!(texts.finish().expect("no text").len(), 0);
    }
}
