#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "collectors/kubernetes_cluster.h"

// What an API server answers with. The first byte chooses the role and whether the text is a page
// of a list or events; events come in two pieces, as they do over a connection.
namespace {

using namespace revisitd::collectors;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const KubernetesCluster& cluster, KubernetesRole role) {
  for (const TargetGroup& group : cluster.groups(role)) {
    for (const LabelSet& target : group.targets) {
      require(target.contains("__address__"));
      for (const auto& [name, value] : target) require(!name.empty());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto role = static_cast<KubernetesRole>(data[0] % 4);
  KubernetesCluster cluster;
  for (const KubernetesKind kind : kubernetes_kinds(role)) {
    KubernetesCollection collection(cluster, kind, "");
    collection.begin_list();
    if ((data[0] & 4) == 0) {
      const auto next = collection.take_page(text);
      require(!next || next->empty() != collection.version().empty());
    } else {
      std::string rest = text.substr(0, text.size() / 2);
      auto changed = collection.take_events(rest);
      rest += text.substr(text.size() / 2);
      if (changed) changed = collection.take_events(rest);
    }
  }
  check(cluster, role);
  return 0;
}
