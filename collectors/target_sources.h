#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collectors/http_discovery.h"
#include "collectors/target_source.h"

// The sources of targets, each behind the one interface.
namespace revisitd::collectors {

std::unique_ptr<TargetSource> make_file_source(std::vector<std::string> patterns,
                                               Duration refresh_interval);
// The client must outlive the source and its rounds.
std::unique_ptr<TargetSource> make_http_source(HttpClient& client, HttpDiscoverySpec spec);

struct CgroupSpec {
  std::string root;                // "/sys/fs/cgroup"
  std::vector<std::string> paths;  // globs below it; "/" is the root itself
  LabelSet labels;
  Duration refresh_interval = std::chrono::seconds(15);
};
// The control groups that are there now. Each has `__meta_cgroup_path` (below the root, without
// slashes at its ends) and `__meta_cgroup_name`, its last part, for relabelling; `instance` is the
// path where nothing else sets it. That a glob finds none is no failure, a plain path is one.
std::unique_ptr<TargetSource> make_cgroup_source(CgroupSpec spec);

}  // namespace revisitd::collectors
