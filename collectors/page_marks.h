#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/exposition_memory.h"
#include "collectors/reduction.h"
#include "collectors/shared_copies.h"

namespace revisitd::collectors {

// What signals make of the series of one page that they want: all of a StagedSample that is the
// same on every page. A mark stands for one series, which is one run of samples.
class PageMarks {
 public:
  struct Known {
    std::uint64_t series, histogram;
    double bound;
    std::uint32_t label;  // position in the labels + 1, 0 = none
    std::uint16_t signal;
    SeriesRole role;
    bool last;  // of its series

    friend bool operator==(const Known&, const Known&) = default;
  };

  // Adds one of the next series; the last one ends it.
  void add(std::uint16_t signal, const StagedSample& sample, bool last);
  // The mark that the next series gets.
  [[nodiscard]] SeriesMark next() const { return static_cast<SeriesMark>(known_.size()); }
  // The first of a mark's run.
  [[nodiscard]] const Known* run(SeriesMark mark) const {
    return &known_[static_cast<std::size_t>(mark)];
  }
  // Null for one without.
  [[nodiscard]] std::shared_ptr<const std::string> label(const Known& known) const {
    return known.label != 0 ? labels_[known.label - 1] : nullptr;
  }
  [[nodiscard]] std::size_t series() const { return series_; }
  void shrink_to_fit();

  [[nodiscard]] std::uint64_t hash() const;
  friend bool operator==(const PageMarks& a, const PageMarks& b);

 private:
  std::vector<Known> known_;
  std::vector<std::shared_ptr<const std::string>> labels_;
  std::size_t series_ = 0;
};

// Programs that are built alike have pages that are laid out alike, instances of one service all
// the more: what is known of the layout is then one for all of their targets.
struct SharedPages {
  SharedCopies<PageLayout> layouts;
  SharedCopies<PageMarks> marks;
};

}  // namespace revisitd::collectors
