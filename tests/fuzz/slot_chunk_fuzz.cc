#include <zlib.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/slot_chunk.h"
#include "storage/slot_column.h"

// Any text is either refused or a chunk of ascending slots that packs again into the same values.
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

void check(std::string_view text) {
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
    const rules::SlotValue &a = (*values)[i].value, &b = (*again)[i].value;
    require((*values)[i].offset == (*again)[i].offset);
    require(same(a.value, b.value) && same(a.low, b.low) && same(a.high, b.high));
  }
}

}  // namespace
}  // namespace revisitd::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  revisitd::storage::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
