#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "collectors/target_group.h"

namespace revisitd::collectors {

// Sets __meta_kubernetes_NAME; a label without a value is none.
inline void put_meta(LabelSet& labels, std::string_view name, std::string value) {
  if (value.empty()) return;
  labels.insert_or_assign(std::string("__meta_kubernetes_").append(name), std::move(value));
}

}  // namespace revisitd::collectors
