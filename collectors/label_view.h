#pragma once

#include <span>
#include <string_view>

namespace revisitd::collectors {

// One label of a series, unescaped. The views live as long as whoever lends them says.
struct LabelView {
  std::string_view name;
  std::string_view value;

  friend bool operator==(const LabelView&, const LabelView&) = default;
};

// The labels of one series in page order, without the metric's name. A page may repeat a name.
using LabelSpan = std::span<const LabelView>;

}  // namespace revisitd::collectors
