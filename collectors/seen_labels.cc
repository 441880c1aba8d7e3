#include "collectors/seen_labels.h"

#include <algorithm>

#include "collectors/scrape_target.h"

namespace revisitd::collectors {

LabelSpan SeenLabels::of(const ScrapeTargetSpec& target, LabelSpan page) {
  exported_.clear();
  seen_.assign(page.begin(), page.end());
  std::erase_if(seen_, [](const LabelView& label) { return label.value.empty(); });
  const std::size_t on_page = seen_.size();
  for (const auto& [name, value] : target.labels) {
    bool gives_way = false;
    for (std::size_t i = 0; i < on_page; ++i) {
      if (seen_[i].name != name) continue;
      gives_way = target.job->honor_labels;
      if (!gives_way) seen_[i].name = exported_.emplace_front(exported_name(name));
    }
    if (!gives_way) seen_.push_back({name, value});
  }
  return seen_;
}

std::string exported_name(std::string_view label) { return "exported_" + std::string(label); }

}  // namespace revisitd::collectors
