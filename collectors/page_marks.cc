#include "collectors/page_marks.h"

#include <algorithm>
#include <bit>

namespace revisitd::collectors {

void PageMarks::add(std::uint16_t signal, const StagedSample& sample, bool last) {
  std::uint32_t label = 0;
  if (sample.label != nullptr) {
    labels_.push_back(sample.label);
    label = static_cast<std::uint32_t>(labels_.size());
  }
  known_.push_back(
      {sample.series, sample.histogram, sample.bound, label, signal, sample.role, last});
  if (last) ++series_;
}

void PageMarks::shrink_to_fit() {
  known_.shrink_to_fit();
  labels_.shrink_to_fit();
}

std::uint64_t PageMarks::hash() const {
  std::uint64_t hash = known_.size();
  for (const Known& one : known_) {
    for (const std::uint64_t part : {one.series, one.histogram, std::uint64_t{one.signal}})
      hash = (std::rotl(hash, 23) ^ part) * 0x9E3779B97F4A7C15ULL;
  }
  return hash;
}

bool operator==(const PageMarks& a, const PageMarks& b) {
  return a.known_ == b.known_ &&
         std::equal(a.labels_.begin(), a.labels_.end(), b.labels_.begin(), b.labels_.end(),
                    [](const auto& one, const auto& other) { return *one == *other; });
}

}  // namespace revisitd::collectors
