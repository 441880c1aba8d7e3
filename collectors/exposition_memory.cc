#include "collectors/exposition_memory.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace revisitd::collectors {
namespace {

constexpr std::size_t kLookAhead =
    64;  // entries searched for the place where old and new layout meet again

std::uint64_t hash_of(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

// Whether a series of `bytes` may end there: the blank before the value ends it without a doubt.
bool ends_at(std::string_view line, std::size_t bytes) {
  return line.size() > bytes && line[bytes] == ' ';
}

}  // namespace

void PageMemory::begin_page() {
  now_.clear();
  cursor_ = 0;
}

std::optional<PageMemory::Known> PageMemory::recall(std::string_view line) {
  if (cursor_ >= last_.size()) return std::nullopt;
  const Entry& entry = last_[cursor_];
  if (!ends_at(line, entry.bytes)) return std::nullopt;
  if (hash_of(line.substr(0, entry.bytes)) != entry.hash) return std::nullopt;
  ++cursor_;
  now_.push_back(entry);
  return Known{entry.mark, entry.bytes};
}

void PageMemory::learn(std::string_view series, SeriesMark mark) {
  if (series.size() > std::numeric_limits<std::uint32_t>::max()) return;
  const Entry learnt{hash_of(series), static_cast<std::uint32_t>(series.size()), mark};
  now_.push_back(learnt);
  const std::size_t end = std::min(last_.size(), cursor_ + kLookAhead);
  for (std::size_t i = cursor_; i < end; ++i) {
    if (last_[i].hash != learnt.hash || last_[i].bytes != learnt.bytes) continue;
    cursor_ = i + 1;
    return;
  }
}

void PageMemory::end_page(bool keep) {
  if (keep) last_.swap(now_);
  now_.clear();
}

void PageMemory::clear() {
  last_.clear();
  now_.clear();
}

}  // namespace revisitd::collectors
