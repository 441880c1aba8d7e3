#include "collectors/kubernetes_cluster.h"

#include <boost/json/parse.hpp>

#include "rules/percent_encode.h"

namespace revisitd::collectors {
namespace {

namespace json = boost::json;
using Kind = KubernetesKind;

constexpr std::size_t kMostEventBytes = 4u << 20;

std::string path_of(Kind kind, const std::string& space) {
  std::string path = kind == Kind::slices ? "/apis/discovery.k8s.io/v1/" : "/api/v1/";
  if (!space.empty()) path += "namespaces/" + rules::percent_encode(space) + "/";
  switch (kind) {
    case Kind::pods:
      return path + "pods";
    case Kind::nodes:
      return path + "nodes";
    case Kind::services:
      return path + "services";
    case Kind::slices:
      return path + "endpointslices";
  }
  return path;
}

const json::value* find(const json::object& object, json::string_view key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &found->value();
}

std::string text_at(const json::object& object, json::string_view key) {
  const json::value* value = find(object, key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string version_of(const json::object& object) {
  const json::value* metadata = find(object, "metadata");
  return metadata != nullptr && metadata->is_object()
             ? text_at(metadata->get_object(), "resourceVersion")
             : "";
}

}  // namespace

std::vector<Kind> kubernetes_kinds(KubernetesRole role) {
  switch (role) {
    case KubernetesRole::pod:
      return {Kind::pods};
    case KubernetesRole::node:
      return {Kind::nodes};
    case KubernetesRole::service:
      return {Kind::services};
    case KubernetesRole::endpointslice:
      return {Kind::slices, Kind::services, Kind::pods};
  }
  return {};
}

std::string_view kubernetes_role_name(KubernetesRole role) {
  switch (role) {
    case KubernetesRole::pod:
      return "pod";
    case KubernetesRole::node:
      return "node";
    case KubernetesRole::service:
      return "service";
    case KubernetesRole::endpointslice:
      return "endpointslice";
  }
  return "";
}

std::string KubernetesCluster::put(Kind kind, const json::object& object) {
  std::string key = kubernetes_key(object);
  if (key.empty()) return key;
  switch (kind) {
    case Kind::pods:
      pods_.insert_or_assign(key, read_pod(object));
      break;
    case Kind::nodes:
      nodes_.insert_or_assign(key, read_node(object));
      break;
    case Kind::services:
      services_.insert_or_assign(key, read_service(object));
      break;
    case Kind::slices:
      slices_.insert_or_assign(key, read_endpointslice(object));
      break;
  }
  return key;
}

void KubernetesCluster::erase(Kind kind, const std::string& key) {
  switch (kind) {
    case Kind::pods:
      pods_.erase(key);
      return;
    case Kind::nodes:
      nodes_.erase(key);
      return;
    case Kind::services:
      services_.erase(key);
      return;
    case Kind::slices:
      slices_.erase(key);
      return;
  }
}

std::vector<TargetGroup> KubernetesCluster::groups(KubernetesRole role) const {
  std::vector<TargetGroup> all;
  switch (role) {
    case KubernetesRole::pod:
      for (const auto& [key, pod] : pods_) all.push_back(pod_targets(pod));
      break;
    case KubernetesRole::node:
      for (const auto& [key, node] : nodes_) all.push_back(node_targets(node));
      break;
    case KubernetesRole::service:
      for (const auto& [key, service] : services_) all.push_back(service_targets(service));
      break;
    case KubernetesRole::endpointslice:
      for (const auto& [key, slice] : slices_)
        all.push_back(endpointslice_targets(slice, services_, pods_));
      break;
  }
  return all;
}

KubernetesCollection::KubernetesCollection(KubernetesCluster& cluster, Kind kind,
                                           const std::string& space)
    : cluster_(cluster), kind_(kind), path_(path_of(kind, space)) {}

Result<std::string> KubernetesCollection::take_page(const std::string& body) {
  json::error_code error;
  const json::value document = json::parse(body, error);
  if (error || !document.is_object())
    return Error{path_ + " answered with something that is no list"};
  const json::object& answer = document.get_object();
  const json::value* items = find(answer, "items");
  if (items != nullptr && items->is_array()) {
    for (const json::value& item : items->get_array()) {
      if (!item.is_object()) continue;
      const std::string key = cluster_.put(kind_, item.get_object());
      if (!key.empty()) listed_.insert(key);
    }
  }
  const std::string version = version_of(answer);
  if (version.empty()) return Error{path_ + " answered without a resourceVersion"};
  const json::value* metadata = find(answer, "metadata");
  std::string next = text_at(metadata->get_object(), "continue");
  if (!next.empty()) return next;
  for (const std::string& key : keys_) {
    if (!listed_.contains(key)) cluster_.erase(kind_, key);
  }
  keys_ = std::move(listed_);
  listed_.clear();
  version_ = version;
  return next;
}

Result<bool> KubernetesCollection::take_events(std::string& text) {
  bool any = false;
  for (std::size_t end; (end = text.find('\n')) != std::string::npos;) {
    json::error_code error;
    const json::value event = json::parse(json::string_view(text.data(), end), error);
    text.erase(0, end + 1);
    if (error || !event.is_object()) return Error{path_ + " sent something that is no event"};
    any = take_event(event.get_object()) || any;
    if (version_.empty()) return any;
  }
  if (text.size() > kMostEventBytes) return Error{path_ + " sent an event over 4 MiB"};
  return any;
}

bool KubernetesCollection::take_event(const json::object& event) {
  const std::string type = text_at(event, "type");
  const json::value* value = find(event, "object");
  if (value == nullptr || !value->is_object()) return false;
  const json::object& object = value->get_object();
  if (type == "ERROR") {
    outdate();
    return false;
  }
  const std::string version = version_of(object);
  if (!version.empty()) version_ = version;
  if (type == "DELETED") {
    const std::string key = kubernetes_key(object);
    keys_.erase(key);
    cluster_.erase(kind_, key);
    return true;
  }
  if (type != "ADDED" && type != "MODIFIED") return false;
  const std::string key = cluster_.put(kind_, object);
  if (!key.empty()) keys_.insert(key);
  return true;
}

}  // namespace revisitd::collectors
