#pragma once

#include <optional>

#include "collectors/backstage_entity.h"

namespace revisitd::collectors {

// What files and the API write alike of an entity; nothing for kinds that are passed over. `Tree`
// reads nodes of its grammar, null for what is not there:
//
//   static const Node* find(const Node*, std::string_view key);
//   static std::string text(const Node*);                  // "" for what is no text
//   static std::vector<std::string> texts(const Node*);    // of a list
//   static void each(const Node* list, auto see);          // see(item)
//   static void each_text(const Node* map, auto see);      // see(key, text)
template <class Tree, class Node>
std::optional<BackstageEntity> read_backstage_fields(const Node& document) {
  BackstageEntity entity;
  entity.kind = Tree::text(Tree::find(&document, "kind"));
  if (entity.kind != "User" && entity.kind != "Group" && entity.kind != "Component")
    return std::nullopt;
  const Node* metadata = Tree::find(&document, "metadata");
  const Node* spec = Tree::find(&document, "spec");
  entity.name = Tree::text(Tree::find(metadata, "name"));
  if (const std::string space = Tree::text(Tree::find(metadata, "namespace")); !space.empty())
    entity.space = space;
  for (const char* map : {"annotations", "labels"}) {
    Tree::each_text(Tree::find(metadata, map), [&](std::string_view key, std::string text) {
      if (key.starts_with(kBackstageRemarks))
        entity.remarks.emplace(key.substr(kBackstageRemarks.size()), std::move(text));
    });
  }
  entity.email = Tree::text(Tree::find(Tree::find(spec, "profile"), "email"));
  entity.owner = Tree::text(Tree::find(spec, "owner"));
  entity.type = Tree::text(Tree::find(spec, "type"));
  entity.member_of = Tree::texts(Tree::find(spec, "memberOf"));
  entity.members = Tree::texts(Tree::find(spec, "members"));
  // Providers of users and groups (LDAP, GitHub) say who belongs where by relations.
  Tree::each(Tree::find(&document, "relations"), [&](const Node& relation) {
    const std::string type = Tree::text(Tree::find(&relation, "type"));
    const std::string target = Tree::text(Tree::find(&relation, "targetRef"));
    if (target.empty()) return;
    if (entity.kind == "User" && type == "memberOf") entity.member_of.push_back(target);
    if (entity.kind == "Group" && type == "hasMember") entity.members.push_back(target);
  });
  return entity;
}

}  // namespace revisitd::collectors
