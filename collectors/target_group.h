#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collectors/relabel.h"
#include "collectors/scrape_target.h"
#include "rules/diagnostic.h"
#include "rules/result.h"

// What a discovery finds, in the format that files, HTTP endpoints and the configuration share, and
// how it becomes targets. Pure.
namespace revisitd::collectors {

// Addresses with labels in common. `source` says where it comes from; a later group of the same
// source replaces it.
struct TargetGroup {
  std::string source;
  std::vector<LabelSet> targets;  // each with __address__ and labels of its own
  LabelSet labels;                // of all of them

  friend bool operator==(const TargetGroup&, const TargetGroup&) = default;
};

inline constexpr std::size_t kTargetGroupBytes = 4u << 20;

struct TargetGroupReading {
  std::vector<TargetGroup> groups;  // only when there is no error
  std::vector<Diagnostic> diagnostics;
};

// [{"targets": ["host:port", …], "labels": {NAME: VALUE}}, …], as YAML or, with a name that ends in
// ".json", as JSON. `file` names the source, its groups are "FILE:0", "FILE:1", …
TargetGroupReading decode_target_groups(std::string_view text, const std::string& file);

// A target that relabelling left without an address or with an address, scheme, path or duration
// that cannot be used; its labels say which one.
struct RefusedTarget {
  LabelSet labels;
  std::string why;
};

struct BuiltTargets {
  std::vector<ScrapeTargetSpec> targets;  // in order, each identity once
  std::vector<LabelSet> dropped;          // as discovered, before relabelling
  std::vector<RefusedTarget> refused;
};

// Labels of discovery and job put together as Prometheus does: `job`, `__address__`, `__scheme__`,
// `__metrics_path__`, `__scrape_interval__`, `__scrape_timeout__` and `__param_NAME` are set, the
// rules run, an address without a port gets the scheme's, `instance` is the address where nothing
// else set it, and labels that start with "__" go.
BuiltTargets build_targets(const std::shared_ptr<const ScrapeJob>& job,
                           const std::vector<TargetGroup>& groups,
                           const std::vector<RelabelRule>& rules);

}  // namespace revisitd::collectors
