#pragma once

#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/label_view.h"

namespace revisitd::collectors {

struct ScrapeTargetSpec;

// The labels of a series as selectors see them: those of its target are put to those of the page,
// as Prometheus does it. A label of the page that has a target label's name counts as
// `exported_NAME`; with honor_labels the page's label stays and the target's gives way.
class SeenLabels {
 public:
  // In no order; a label of the page that is empty is none. Valid until the next call, and as long
  // as the page's and the target's.
  LabelSpan of(const ScrapeTargetSpec& target, LabelSpan page);

 private:
  std::vector<LabelView> seen_;
  std::forward_list<std::string> exported_;  // stay where they are
};

// The name that a page's label has beside a target's label of the same name.
std::string exported_name(std::string_view label);

}  // namespace revisitd::collectors
