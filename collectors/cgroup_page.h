#pragma once

#include <string>

#include "rules/result.h"

namespace revisitd::collectors {

// What a control group (v2) says of itself, as a page of metrics, so that signals reduce it as they
// reduce any other page. `directory` is the group's own, for instance
// "/sys/fs/cgroup/system.slice/checkout.service". A file that this kernel or this group does not
// have leaves its series out; a directory that is no group of version 2 is an error. Series:
//
//   cgroup_memory_current_bytes      all that is charged to the group, page cache among it
//   cgroup_memory_working_set_bytes  the same less inactive file pages: what cannot simply be
//                                    dropped; what kubelet and cAdvisor call the working set
//   cgroup_memory_peak_bytes         the highest cgroup_memory_current_bytes since it was made
//   cgroup_memory_anon_bytes         anonymous pages: heap and stacks
//   cgroup_memory_file_bytes         page cache
//   cgroup_memory_swap_bytes, cgroup_memory_limit_bytes (where there is one)
//   cgroup_memory_oom_kills_total
//   cgroup_cpu_usage_seconds_total, cgroup_cpu_user_seconds_total, cgroup_cpu_system_seconds_total
//   cgroup_cpu_periods_total, cgroup_cpu_throttled_periods_total,
//   cgroup_cpu_throttled_seconds_total
//   cgroup_pressure_seconds_total{resource="cpu|memory|io",stalled="some|full"}
//   cgroup_pids, cgroup_pids_limit (where there is one)
Result<std::string> cgroup_page(const std::string& directory);

}  // namespace revisitd::collectors
