#include <zlib.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/bytes.h"
#include "storage/row_digest.h"
#include "storage/slot_chunk.h"
#include "storage/tail_row.h"

// Any text is either refused or a chunk of ascending slots, or a row of the tail, that packs again
// into the same values.
namespace revisitd::storage {
namespace {

constexpr std::uint64_t kPlace = 7;

void require(bool holds) {
  if (!holds) std::abort();
}

// The text with the checksum that it should have, so that what lies behind it is reached.
std::string with_checksum(std::string_view body) {
  std::string place, text(1, '\1');
  append_word(place, kPlace, 8);
  const uLong start = crc32_z(0, reinterpret_cast<const Bytef*>(place.data()), place.size());
  append_word(text, crc32_z(start, reinterpret_cast<const Bytef*>(body.data()), body.size()), 4);
  return text.append(body);
}

bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool same(const rules::SlotValue& a, const rules::SlotValue& b) {
  return same(a.value, b.value) && same(a.low, b.low) && same(a.high, b.high);
}

void check_chunk(std::string_view text) {
  static_cast<void>(unpack_chunk(kPlace, text));
  const auto values = unpack_chunk(kPlace, with_checksum(text));
  if (!values) return;
  std::int64_t next = 0;
  for (const PlacedValue& value : *values) {
    require(value.offset >= next && value.offset < kChunkSlots);
    next = value.offset + 1;
  }
  const auto again = unpack_chunk(kPlace, pack_chunk(kPlace, *values));
  require(again && again->size() == values->size());
  for (std::size_t i = 0; i < values->size(); ++i) {
    require((*values)[i].offset == (*again)[i].offset);
    require(same((*values)[i].value, (*again)[i].value));
  }
}

void check_row(std::string_view body) {
  constexpr TailKey kKey{1, -2, 3};
  static_cast<void>(unpack_tail_row(kKey, body));
  std::string text(1, '\1');
  const std::int64_t sum =
      RowDigest().add(kKey.grid).add(kKey.slot).add(kKey.part).add(body).value();
  append_word(text, static_cast<std::uint64_t>(sum), 4);
  const auto row = unpack_tail_row(kKey, text.append(body));
  if (!row) return;
  const auto again = unpack_tail_row(kKey, pack_tail_row(kKey, *row));
  require(again.has_value());
  for (std::int64_t series = 0; series < kTailSeries; ++series) {
    const rules::SlotValue *a = row->find(series), *b = again->find(series);
    require((a == nullptr) == (b == nullptr));
    require(a == nullptr || same(*a, *b));
  }
}

}  // namespace
}  // namespace revisitd::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  revisitd::storage::check_chunk(text);
  revisitd::storage::check_row(text);
  return 0;
}
