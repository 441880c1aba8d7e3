#include "storage/tail_row.h"

#include "storage/bytes.h"
#include "storage/row_digest.h"
#include "storage/slot_chunk.h"

namespace revisitd::storage {
namespace {

constexpr std::uint8_t kVersion = 1;

std::uint64_t checksum(const TailKey& key, std::string_view body) {
  return static_cast<std::uint64_t>(
      RowDigest().add(key.grid).add(key.slot).add(key.part).add(body).value());
}

void append_number(std::string& out, double number) {
  append_word(out, std::bit_cast<std::uint64_t>(number), 8);
}

// Reads past the end are nothing, once they happened.
class Numbers {
 public:
  explicit Numbers(ByteReader& in) : in_(in) {}
  double next() {
    const auto word = in_.word(8);
    whole_ = whole_ && word;
    return std::bit_cast<double>(word.value_or(0));
  }
  [[nodiscard]] bool whole() const { return whole_; }

 private:
  ByteReader& in_;
  bool whole_ = true;
};

}  // namespace

std::string pack_tail_row(const TailKey& key, const TailRow& row) {
  std::uint32_t present = 0, intervals = 0;
  std::string numbers;
  row.each(0, [&](std::int64_t i, const rules::SlotValue& value) {
    present |= 1U << i;
    append_number(numbers, value.value);
    if (!is_plain(value)) {
      intervals |= 1U << i;
      append_number(numbers, value.low);
      append_number(numbers, value.high);
    }
  });
  std::string body;
  append_word(body, present, 4);
  append_word(body, intervals, 4);
  body += numbers;
  std::string text(1, static_cast<char>(kVersion));
  append_word(text, checksum(key, body), 4);
  return text + body;
}

std::optional<TailRow> unpack_tail_row(const TailKey& key, std::string_view text) {
  ByteReader in(text);
  const auto version = in.byte();
  const auto sum = in.word(4);
  if (!version || *version != kVersion || !sum || *sum != checksum(key, in.rest())) {
    return std::nullopt;
  }
  const auto present = in.word(4);
  const auto intervals = in.word(4);
  if (!present || !intervals || (*intervals & ~*present) != 0) {
    return std::nullopt;
  }
  TailRow row;
  Numbers numbers(in);
  for (std::uint64_t rest = *present; rest != 0; rest &= rest - 1) {
    const int i = std::countr_zero(rest);
    rules::SlotValue value = rules::SlotValue::exact(numbers.next());
    if ((*intervals >> i & 1U) != 0) {
      value.low = numbers.next();
      value.high = numbers.next();
    }
    row.put(i, value);
  }
  return numbers.whole() && in.rest().empty() ? std::optional(row) : std::nullopt;
}

}  // namespace revisitd::storage
