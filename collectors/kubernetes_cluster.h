#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/kubernetes_objects.h"
#include "collectors/kubernetes_spec.h"
#include "rules/result.h"

// What is known of a cluster, from the texts its API server answers with. No network here.
namespace revisitd::collectors {

enum class KubernetesKind { pods, nodes, services, slices };

// What a role follows, its own objects first.
std::vector<KubernetesKind> kubernetes_kinds(KubernetesRole role);
// "pod", "endpointslice", …
std::string_view kubernetes_role_name(KubernetesRole role);

class KubernetesCluster {
 public:
  // The object's key, "" when it is none.
  std::string put(KubernetesKind kind, const boost::json::object& object);
  void erase(KubernetesKind kind, const std::string& key);
  [[nodiscard]] std::vector<TargetGroup> groups(KubernetesRole role) const;

 private:
  KubernetesPods pods_;
  KubernetesServices services_;
  std::map<std::string, KubernetesNode> nodes_;
  std::map<std::string, KubernetesSlice> slices_;
};

// All objects of one kind in one namespace, or in all where that is "": a list in pages, then
// events. The cluster must outlive it.
class KubernetesCollection {
 public:
  KubernetesCollection(KubernetesCluster& cluster, KubernetesKind kind, const std::string& space);

  // "/api/v1/namespaces/shop/pods"
  [[nodiscard]] const std::string& path() const { return path_; }
  // Of the last list or event; "" where a list is needed.
  [[nodiscard]] const std::string& version() const { return version_; }
  void outdate() { version_.clear(); }

  void begin_list() { listed_.clear(); }
  // The token of the next page, "" after the last one: what no page held is gone then.
  Result<std::string> take_page(const std::string& body);
  // Takes the whole lines at the beginning of `text`, one event each. True when something is other
  // than before. An event that says that the watch is too old outdates the collection.
  Result<bool> take_events(std::string& text);

 private:
  bool take_event(const boost::json::object& event);

  KubernetesCluster& cluster_;
  KubernetesKind kind_;
  std::string path_;
  std::string version_;
  std::set<std::string> keys_;    // of what is held
  std::set<std::string> listed_;  // by the pages of a list that is not whole yet
};

}  // namespace revisitd::collectors
