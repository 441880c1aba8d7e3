#include "storage/slot_chunk.h"

#include <zlib.h>

#include <cstddef>

#include "storage/bytes.h"
#include "storage/slot_column.h"

namespace revisitd::storage {
namespace {

constexpr std::uint8_t kVersion = 1;

std::uint32_t checksum(std::uint64_t place, std::string_view body) {
  std::string front;
  append_word(front, place, 8);
  const uLong start = crc32_z(0, reinterpret_cast<const Bytef*>(front.data()), front.size());
  return static_cast<std::uint32_t>(
      crc32_z(start, reinterpret_cast<const Bytef*>(body.data()), body.size()));
}

// Ascending numbers under kChunkSlots as runs of neighbours.
void append_runs(std::string& out, std::span<const std::int64_t> numbers) {
  std::string runs;
  std::size_t count = 0;
  std::int64_t next = 0;
  for (std::size_t i = 0; i < numbers.size(); ++count) {
    const std::int64_t start = numbers[i];
    std::int64_t end = start;
    while (i < numbers.size() && numbers[i] == end) {
      ++i;
      ++end;
    }
    runs.push_back(static_cast<char>(start - next));
    runs.push_back(static_cast<char>(end - start));
    next = end;
  }
  out.push_back(static_cast<char>(count));
  out += runs;
}

std::optional<std::vector<std::int64_t>> read_runs(ByteReader& in, std::int64_t limit) {
  const auto count = in.byte();
  if (!count) {
    return std::nullopt;
  }
  std::vector<std::int64_t> numbers;
  std::int64_t next = 0;
  for (int run = 0; run < *count; ++run) {
    const auto gap = in.byte();
    const auto length = in.byte();
    if (!gap || !length || *length == 0 || next + *gap + *length > limit) {
      return std::nullopt;
    }
    next += *gap;
    for (const std::int64_t end = next + *length; next < end; ++next) {
      numbers.push_back(next);
    }
  }
  return numbers;
}

// The three columns and what they belong to, between a list of values and their text.
struct Columns {
  std::vector<std::int64_t> offsets;
  std::vector<double> values;
  std::vector<std::int64_t> intervals;  // positions in offsets
  std::vector<double> lows, highs;      // one per interval
};

Columns split(std::span<const PlacedValue> values) {
  Columns columns;
  for (const PlacedValue& placed : values) {
    if (!is_plain(placed.value)) {
      columns.intervals.push_back(static_cast<std::int64_t>(columns.offsets.size()));
      columns.lows.push_back(placed.value.low);
      columns.highs.push_back(placed.value.high);
    }
    columns.offsets.push_back(placed.offset);
    columns.values.push_back(placed.value.value);
  }
  return columns;
}

std::vector<PlacedValue> join(const Columns& columns) {
  std::vector<PlacedValue> values;
  values.reserve(columns.offsets.size());
  for (std::size_t i = 0; i < columns.offsets.size(); ++i) {
    values.push_back({columns.offsets[i], rules::SlotValue::exact(columns.values[i])});
  }
  for (std::size_t i = 0; i < columns.intervals.size(); ++i) {
    rules::SlotValue& value = values[static_cast<std::size_t>(columns.intervals[i])].value;
    value.low = columns.lows[i];
    value.high = columns.highs[i];
  }
  return values;
}

std::optional<Columns> read_columns(ByteReader& in) {
  auto offsets = read_runs(in, kChunkSlots);
  if (!offsets || offsets->empty()) {
    return std::nullopt;
  }
  auto intervals = read_runs(in, static_cast<std::int64_t>(offsets->size()));
  auto values = read_column(in, offsets->size());
  if (!intervals || !values) {
    return std::nullopt;
  }
  Columns columns{std::move(*offsets), std::move(*values), std::move(*intervals), {}, {}};
  if (!columns.intervals.empty()) {
    auto lows = read_column(in, columns.intervals.size());
    auto highs = read_column(in, columns.intervals.size());
    if (!lows || !highs) {
      return std::nullopt;
    }
    columns.lows = std::move(*lows);
    columns.highs = std::move(*highs);
  }
  return columns;
}

}  // namespace

std::string pack_chunk(std::uint64_t place, std::span<const PlacedValue> values) {
  const Columns columns = split(values);
  std::string body;
  append_runs(body, columns.offsets);
  append_runs(body, columns.intervals);
  append_column(body, columns.values);
  if (!columns.intervals.empty()) {
    append_column(body, columns.lows);
    append_column(body, columns.highs);
  }
  std::string text(1, static_cast<char>(kVersion));
  append_word(text, checksum(place, body), 4);
  return text + body;
}

std::optional<std::vector<PlacedValue>> unpack_chunk(std::uint64_t place, std::string_view text) {
  ByteReader in(text);
  const auto version = in.byte();
  const auto sum = in.word(4);
  if (!version || *version != kVersion || !sum || *sum != checksum(place, in.rest())) {
    return std::nullopt;
  }
  const auto columns = read_columns(in);
  if (!columns || !in.rest().empty()) {
    return std::nullopt;
  }
  return join(*columns);
}

}  // namespace revisitd::storage
