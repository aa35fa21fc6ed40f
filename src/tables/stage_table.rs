//! Typed columns of the tables between stages.
//!
//! [`stage_table!`](crate::stage_table) makes from one list of columns the struct of arrays that a stage reads, the builder that it
//! writes with, and the schema of the file in between, so that the three cannot differ.

use arrow::array::{
    Array, ArrayRef, Int32Array, Int32Builder, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder, UInt8Array,
    UInt8Builder, UInt16Array, UInt16Builder, UInt32Array, UInt32Builder,
};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use std::sync::Arc;

/// A column type of a stage table.
pub trait StageColumn {
    /// Its array.
    type Array: Array + Clone + 'static;
    /// Its builder.
    type Builder: Default;
    /// Its Arrow type.
    const DATA_TYPE: DataType;
    /// Takes the built values out of a builder.
    fn finish(builder: &mut Self::Builder) -> ArrayRef;
    /// Appends all values of an array.
    fn append(builder: &mut Self::Builder, array: &Self::Array) -> Result<(), ArrowError>;
}

macro_rules! stage_column {
    ($($(#[$meta:meta])* $marker:ident: $array:ident, $builder:ident, $data_type:ident, $append:expr;)+) => {
        $(
            $(#[$meta])*
            #[derive(Debug)]
            pub struct $marker;

            impl StageColumn for $marker {
                type Array = $array;
                type Builder = $builder;
                const DATA_TYPE: DataType = DataType::$data_type;

                fn finish(builder: &mut $builder) -> ArrayRef {
                    Arc::new(builder.finish())
                }

                fn append(builder: &mut $builder, array: &$array) -> Result<(), ArrowError> {
                    let append: fn(&mut $builder, &$array) -> Result<(), ArrowError> = $append;
                    append(builder, array)
                }
            }
        )+
    };
}

stage_column! {
    /// Unsigned, 8 bits.
    U8: UInt8Array, UInt8Builder, UInt8, |builder, array| {
        builder.append_slice(array.values());
        Ok(())
    };
    /// Unsigned, 16 bits.
    U16: UInt16Array, UInt16Builder, UInt16, |builder, array| {
        builder.append_slice(array.values());
        Ok(())
    };
    /// Unsigned, 32 bits.
    U32: UInt32Array, UInt32Builder, UInt32, |builder, array| {
        builder.append_slice(array.values());
        Ok(())
    };
    /// Signed, 32 bits; dates are days since 1970-01-01.
    I32: Int32Array, Int32Builder, Int32, |builder, array| {
        builder.append_slice(array.values());
        Ok(())
    };
    /// Signed, 64 bits; money is in cents.
    I64: Int64Array, Int64Builder, Int64, |builder, array| {
        builder.append_slice(array.values());
        Ok(())
    };
    /// UTF-8 text.
    Text: StringArray, StringBuilder, Utf8, |builder, array| builder.append_array(array);
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
                [$(arrow::array::ArrayBuilder::len(&self.$field),)+][0]
            }

            fn take(&mut self) -> $crate::error::Result<arrow::array::RecordBatch> {
                let columns = self.finish_columns();
                arrow::array::RecordBatch::try_new($name::schema(), columns).map_err(|error| $crate::error::Error::Internal(error.to_string()))
            }
        }

        impl $builder {
            /// Appends all rows of a batch.
            ///
            /// # Errors
            /// Where a column is missing, of another type, or grows beyond what one array holds.
            pub fn extend(&mut self, batch: &arrow::array::RecordBatch) -> $crate::error::Result<()> {
                let columns = $name::from_batch(batch)?;
                $(<$crate::tables::stage_table::$marker as $crate::tables::stage_table::StageColumn>::append(&mut self.$field, &columns.$field)
                    .map_err(|error| $crate::error::Error::Internal(error.to_string()))?;)+
                Ok(())
            }

            /// The rows built so far as typed columns; the builder is empty afterwards.
            ///
            /// # Errors
            /// Where the columns differ in length, which is a defect of the caller.
            pub fn finish(&mut self) -> $crate::error::Result<$name> {
                $name::from_batch(&$crate::io::sectioned::BatchBuilder::take(self)?)
            }

            fn finish_columns(&mut self) -> Vec<arrow::array::ArrayRef> {
                vec![$(<$crate::tables::stage_table::$marker as $crate::tables::stage_table::StageColumn>::finish(&mut self.$field),)+]
            }
        }
    };
}
