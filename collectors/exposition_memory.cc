#include "collectors/exposition_memory.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "collectors/exposition_chars.h"
#include "collectors/quick_hash.h"

namespace revisitd::collectors {
namespace {

constexpr std::size_t kLookAhead =
    64;  // entries searched for the place where old and new layout meet again

}  // namespace

std::uint64_t PageLayout::hash() const {
  std::uint64_t hash = entries.size();
  for (const Entry& entry : entries) {
    for (const std::uint64_t part : {entry.hash, static_cast<std::uint64_t>(entry.mark)})
      hash = (std::rotl(hash, 23) ^ part) * 0x9E3779B97F4A7C15ULL;
  }
  return hash;
}

void PageMemory::begin_page() {
  now_.clear();
  cursor_ = 0;
  in_step_ = true;
}

// A blank ends the series unless labels come behind it, which the text format allows after a name.
bool PageMemory::is_here(const Entry& entry, std::string_view text) {
  std::size_t next = entry.bytes + 1;
  while (next < text.size() && is_blank(text[next])) ++next;
  if (next < text.size() && text[next] == '{') return false;
  return quick_hash(text.substr(0, entry.bytes)) == entry.hash;
}

void PageMemory::accept() {
  if (!in_step_) now_.push_back(known_[cursor_]);
  ++cursor_;
}

void PageMemory::part() {
  if (!in_step_) return;
  in_step_ = false;
  now_.assign(known_.begin(), known_.begin() + static_cast<std::ptrdiff_t>(cursor_));
}

void PageMemory::remember(std::shared_ptr<const PageLayout> layout) {
  last_ = std::move(layout);
  known_ = last_ != nullptr ? std::span(last_->entries) : std::span<const Entry>();
}

void PageMemory::learn(std::string_view series, SeriesMark mark) {
  if (series.size() > std::numeric_limits<std::uint32_t>::max()) return;
  part();
  const Entry learnt{quick_hash(series), static_cast<std::uint32_t>(series.size()), mark};
  now_.push_back(learnt);
  const std::size_t end = std::min(size(), cursor_ + kLookAhead);
  for (std::size_t i = cursor_; i < end; ++i) {
    const Entry& known = known_[i];
    if (known.hash != learnt.hash || known.bytes != learnt.bytes) continue;
    cursor_ = i + 1;
    return;
  }
}

void PageMemory::end_page(bool keep, int lines, bool checked) {
  if (!keep || (!checked && lines != proven_lines_)) {
    proven_lines_ = 0;
  } else {
    proven_lines_ = lines;
  }
  if (keep && settled()) return;
  if (keep) {
    part();
    now_.shrink_to_fit();
    remember(std::make_shared<const PageLayout>(std::move(now_)));
    shared_ = false;
  }
  now_ = std::vector<Entry>();  // with its memory
}

void PageMemory::clear() {
  remember(nullptr);
  proven_lines_ = 0;
  begin_page();
}

void PageMemory::share(SharedCopies<PageLayout>& layouts) {
  if (shared_ || last_ == nullptr) return;
  remember(layouts.one_of(std::move(last_)));
  shared_ = true;
}

}  // namespace revisitd::collectors
