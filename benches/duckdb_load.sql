-- The least that any tool does with these files: every raw field as text into zstd Parquet, one file for each feed.
-- Every file of both drops is read, superseded and repeated ones included. Records that do not parse are left out in silence.
--
-- Run by benches/compare.py in its work folder: `data` is the generated population, `utf8` holds the Windows-1252 files of
-- distributor B as UTF-8 (DuckDB's Latin-1 reader refuses them; the conversion is not timed), `out` is an empty folder.
-- Threads and memory limit are set by compare.py.

SET preserve_insertion_order = false;

COPY (
    SELECT * FROM read_csv('data/*/distributor_a/*.csv', auto_detect = false, header = true, ignore_errors = true,
        delim = ',', quote = '"', escape = '"', filename = true, columns = {
            'reseller_id': 'VARCHAR', 'reseller_name': 'VARCHAR', 'invoice_no': 'VARCHAR', 'invoice_date': 'VARCHAR',
            'product_no': 'VARCHAR', 'description': 'VARCHAR', 'product_line': 'VARCHAR', 'qty': 'VARCHAR',
            'ext_amount': 'VARCHAR', 'currency': 'VARCHAR', 'serial_no': 'VARCHAR', 'customer_po': 'VARCHAR',
            'sales_order': 'VARCHAR', 'end_customer': 'VARCHAR', 'certificate_no': 'VARCHAR'})
) TO 'out/distributor_a.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT * FROM read_csv('utf8/*/distributor_b/*.txt', auto_detect = false, header = true, ignore_errors = true,
        delim = ';', quote = '"', escape = '"', filename = true, columns = {
            'Händler-Nr': 'VARCHAR', 'Händler': 'VARCHAR', 'Rechnung': 'VARCHAR', 'Rechnungsdatum': 'VARCHAR',
            'Artikel': 'VARCHAR', 'Bezeichnung': 'VARCHAR', 'Warengruppe': 'VARCHAR', 'Menge': 'VARCHAR',
            'Nettobetrag': 'VARCHAR', 'Währung': 'VARCHAR', 'Seriennummern': 'VARCHAR', 'Kundenbestellung': 'VARCHAR',
            'Auftrag': 'VARCHAR', 'Endkunde': 'VARCHAR', 'Zertifikat': 'VARCHAR'})
) TO 'out/distributor_b.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT * FROM read_csv('data/*/vendor_direct/*.tsv', auto_detect = false, header = true, ignore_errors = true,
        delim = '\t', quote = '', escape = '', filename = true, columns = {
            'sold_to': 'VARCHAR', 'order_no': 'VARCHAR', 'invoice': 'VARCHAR', 'invoice_date': 'VARCHAR',
            'product_no': 'VARCHAR', 'description': 'VARCHAR', 'pl': 'VARCHAR', 'txn_type': 'VARCHAR',
            'quantity': 'VARCHAR', 'net_value': 'VARCHAR', 'currency': 'VARCHAR', 'serials': 'VARCHAR',
            'customer_po': 'VARCHAR', 'end_customer': 'VARCHAR', 'certificate': 'VARCHAR'})
) TO 'out/vendor_direct.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT * FROM read_csv('data/*/registrations/*.txt', auto_detect = false, header = true, ignore_errors = true,
        delim = '|', quote = '', escape = '', filename = true, columns = {
            'serial': 'VARCHAR', 'pack_number': 'VARCHAR', 'registration_date': 'VARCHAR', 'certificate': 'VARCHAR',
            'invoice': 'VARCHAR'})
) TO 'out/registrations.parquet' (FORMAT parquet, COMPRESSION zstd);
