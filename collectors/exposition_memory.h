#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/shared_copies.h"

namespace revisitd::collectors {

// The wanted series of a page in page order, 16 bytes each.
struct PageLayout {
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t bytes = 0;
    SeriesMark mark = kUnmarked;

    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> entries;

  [[nodiscard]] std::uint64_t hash() const;
  friend bool operator==(const PageLayout&, const PageLayout&) = default;
};

// Remembers, for one target, the wanted series of its last page in page order, so that on a page of
// the same layout a line costs one comparison of a hash and the parsing of its value: no label is
// split, no regex runs, nothing is looked up. A page that has changed in places is found again
// behind the change.
//
// There is one layout as long as pages do not change, and targets can share it. Series are told
// apart by a 64-bit hash of their bytes; a target that forged a collision would mix up its own
// series only. Clear it when the sink that gave the marks changes.
class PageMemory {
 public:
  struct Known {
    SeriesMark mark = kUnmarked;
    std::size_t series_bytes = 0;  // how much of the line is series
  };

  void begin_page();
  // The series at the front of `text`, if the last page had the same bytes at this place. accept()
  // moves on behind it.
  [[nodiscard]] std::optional<Known> peek(std::string_view text) const {
    if (cursor_ >= size()) return std::nullopt;
    const Entry& entry = known_[cursor_];
    if (text.size() <= entry.bytes || text[entry.bytes] != ' ') return std::nullopt;
    return is_here(entry, text) ? std::optional(Known{entry.mark, entry.bytes}) : std::nullopt;
  }
  void accept();
  // Notes the next wanted series of this page, which peek() did not know.
  void learn(std::string_view series, SeriesMark mark);
  // Makes this page the remembered one; a page that is not good to its end must not be kept.
  // `checked`: whether each of its `lines` was read to its end.
  void end_page(bool keep, int lines, bool checked);
  // Whether the last page was good with as many lines as one that was checked. A page that has
  // grown or shrunk is taken, and the next one is checked.
  [[nodiscard]] bool proven() const { return proven_lines_ != 0; }
  void clear();

  std::size_t size() const { return known_.size(); }
  // Whether the page that has ended had the layout of the one before it.
  [[nodiscard]] bool settled() const { return in_step_ && cursor_ == size(); }
  // Remembers the page by a layout that is shared with others.
  void share(SharedCopies<PageLayout>& layouts);

 private:
  using Entry = PageLayout::Entry;

  // `text` has a blank where the series of the entry ends.
  static bool is_here(const Entry& entry, std::string_view text);
  // This page is another one than the last from here on.
  void part();
  void remember(std::shared_ptr<const PageLayout> layout);

  std::shared_ptr<const PageLayout> last_;  // null: none
  std::span<const Entry> known_;            // of it: each line of a page is looked up there
  std::vector<Entry> now_;                  // empty as long as this page is the last one over again
  std::size_t cursor_ = 0;                  // in last_
  bool in_step_ = true;                     // all entries before the cursor were met, and no others
  bool shared_ = false;                     // last_ is
  int proven_lines_ = 0;                    // 0: of no page
};

}  // namespace revisitd::collectors
