#include "daemon/config_decode.h"

// `kubernetes_sd_configs`, as Prometheus writes them.
namespace revisitd::daemon {
namespace {

using collectors::KubernetesRole;
using rules::YamlMap;
using rules::YamlValue;

void decode_namespaces(const YamlValue& value, KubernetesTargets& found) {
  YamlMap map(value);
  found.own_namespace = map.optional("own_namespace").boolean().value_or(false);
  for (const YamlValue& item : map.optional("names").items()) {
    if (const auto name = item.name_text()) found.namespaces.push_back(*name);
  }
  map.finish();
}

}  // namespace

KubernetesTargets decode_kubernetes(const YamlValue& value, const std::string& directory) {
  KubernetesTargets found;
  YamlMap map(value);
  const YamlValue role = map.required("role");
  const auto word = role.text(32);
  if (word == "endpoints" || word == "ingress") {
    role.error("`" + *word +
               "` is not supported here, expected `pod`, `node`, `service` or "
               "`endpointslice`");
  } else {
    found.role = role.one_of<KubernetesRole>({{"pod", KubernetesRole::pod},
                                              {"node", KubernetesRole::node},
                                              {"service", KubernetesRole::service},
                                              {"endpointslice", KubernetesRole::endpointslice}})
                     .value_or(found.role);
  }
  found.api_server = decode_url(map.optional("api_server")).value_or("");
  refuse(map, {"kubeconfig_file"},
         "is not supported here; give `api_server` with `authorization` and `tls_config`");
  decode_namespaces(map.optional("namespaces"), found);
  for (const YamlValue& item : map.optional("selectors").items()) {
    YamlMap selector(item);
    const auto of = selector.required("role").one_of({"pod", "node", "service", "endpointslice"});
    collectors::KubernetesSelector words{selector.optional("label").text(4096, true).value_or(""),
                                         selector.optional("field").text(4096, true).value_or("")};
    selector.finish();
    if (of) found.selectors[*of] = std::move(words);
  }
  YamlMap attach(map.optional("attach_metadata"));
  if (const YamlValue node = attach.optional("node"); node.boolean().value_or(false))
    node.error("is not supported here: labels of nodes are not put to pods");
  attach.finish();
  found.http = decode_http_peer(map, directory);
  map.finish();
  return found;
}

}  // namespace revisitd::daemon
