// Arrow's own library (npm apache-arrow) as the other program: writes files of typed columns, and reads some.
//
//     node arrow_files.js write <file> <file|stream> <rows> <rows of a batch> [lz4|zstd]      a table of many types
//     node arrow_files.js read <file>                     {"names": [...], "types": [...], "rows": [[text, ...], ...]}
const fs = require("fs");
const childProcess = require("child_process");
const arrow = require("apache-arrow");

// By the codec's own program.
function compress(codec, bytes) {
  return new Uint8Array(childProcess.execFileSync(codec, ["-c", "-q"], { input: bytes, maxBuffer: 1 << 30 }));
}

// apache-arrow 21.2 writes a compressed buffer's own length where the format has the plain bytes'.
function mendLengths(Writer) {
  const original = Writer.prototype._compressBodyBuffers;
  Writer.prototype._compressBodyBuffers = function (buffers) {
    const made = original.call(this, buffers);
    buffers.forEach((buffer, i) => {
      const prefix = made.buffers[2 * i];
      const length = prefix.length && new DataView(prefix.buffer, prefix.byteOffset, 8);
      if (length && length.getBigInt64(0, true) != -1n) {
        length.setBigInt64(0, BigInt(buffer.byteLength), true);
      }
    });
    return made;
  };
}

// Values of row n; null where n is a multiple of 7.
const COLUMNS = {
  i8: [new arrow.Int8(), (n) => (n % 256) - 128],
  u64: [new arrow.Uint64(), (n) => 18446744073709551615n - BigInt(n)],
  i64: [new arrow.Int64(), (n) => -9223372036854775808n + BigInt(n)],
  half: [new arrow.Float16(), (n) => (n % 100) / 4],
  single: [new arrow.Float32(), (n) => Math.fround((n % 1000) / 10)],
  double: [new arrow.Float64(), (n) => n / 3],
  bool: [new arrow.Bool(), (n) => n % 3 == 0],
  text: [new arrow.Utf8(), (n) => "téxt " + (n % 50)],
  large: [new arrow.LargeUtf8(), (n) => "large " + (n % 5)],
  bytes: [new arrow.Binary(), (n) => new Uint8Array([65 + (n % 26), n % 2 ? 66 : 200])],
  word: [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), (n) => "word" + (n % 9)],
  day: [new arrow.DateDay(), (n) => new Date(Date.UTC(2024, 0, 1 + (n % 800)))],
  ms: [new arrow.DateMillisecond(), (n) => new Date(Date.UTC(1969, 0, 1 + (n % 800)))],
  time: [new arrow.TimeMillisecond(), (n) => (n * 1001) % 86400000],
  stamp: [new arrow.TimestampMillisecond(), (n) => Date.UTC(2024, 1, 29) + n * 1001],
  moment: [new arrow.TimestampSecond("UTC"), (n) => Date.UTC(2024, 1, 29) + n * 1000],
  lasts: [new arrow.DurationMillisecond(), (n) => BigInt(n * 250)],
  list: [new arrow.List(new arrow.Field("item", new arrow.Int32(), true)), (n) => (n % 4 ? [n % 3, n % 5] : [])],
  pair: [new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Float32(), true)), (n) => [n % 2, 0.5]],
  pos: [
    new arrow.Struct([new arrow.Field("x", new arrow.Int32(), true), new arrow.Field("t", new arrow.Utf8(), true)]),
    (n) => ({ x: n % 10, t: n % 2 ? "odd" : null }),
  ],
  map: [
    new arrow.Map_(new arrow.Field("entries", new arrow.Struct([new arrow.Field("key", new arrow.Utf8()), new arrow.Field("value", new arrow.Int32(), true)]))),
    (n) => new Map([["k", n]]),
  ],
  last: [new arrow.Int32(), (n) => n],
};

function writeTable(path, form, nrows, perBatch, codec) {
  const names = Object.keys(COLUMNS);
  const builders = {};
  const chunks = {};
  for (const name of names) {
    builders[name] = arrow.makeBuilder({ type: COLUMNS[name][0], nullValues: [null, undefined] });
    chunks[name] = [];
  }
  for (let n = 0; n < nrows; n++) {
    for (const name of names) {
      builders[name].append(n % 7 == 0 && name != "last" ? null : COLUMNS[name][1](n));
    }
    if ((n + 1) % perBatch == 0 || n + 1 == nrows) {
      for (const name of names) {
        chunks[name].push(builders[name].flush());
      }
    }
  }
  const vectors = {};
  for (const name of names) {
    vectors[name] = arrow.makeVector(chunks[name]);
  }
  const table = new arrow.Table(vectors);
  const options = {};
  if (codec) {
    const kind = codec == "zstd" ? arrow.CompressionType.ZSTD : arrow.CompressionType.LZ4_FRAME;
    arrow.compressionRegistry.set(kind, { encode: (bytes) => compress(codec, bytes), decode: (bytes) => bytes });
    options.compressionType = kind;
  }
  mendLengths(arrow.RecordBatchWriter);
  const Writer = form == "file" ? arrow.RecordBatchFileWriter : arrow.RecordBatchStreamWriter;
  fs.writeFileSync(path, Writer.writeAll(table, options).toUint8Array(true));
}

function text(value) {
  if (value === null || value === undefined) {
    return null;
  }
  if (value instanceof arrow.Vector) {
    return [...value].map(text);
  }
  return value instanceof Date ? value.toISOString() : String(value);
}

function read(path) {
  const table = arrow.tableFromIPC(fs.readFileSync(path));
  const columns = table.schema.fields.map((_, i) => table.getChildAt(i));
  const rows = [];
  for (let i = 0; i < table.numRows; i++) {
    rows.push(columns.map((column) => text(column.get(i))));
  }
  return { names: table.schema.fields.map((field) => field.name), types: table.schema.fields.map((field) => String(field.type)), rows };
}

const [verb, path, ...words] = process.argv.slice(2);
if (verb == "write") {
  writeTable(path, words[0], Number(words[1]), Number(words[2]), words[3]);
  console.log("{}");
} else if (verb == "read") {
  console.log(JSON.stringify(read(path)));
}
