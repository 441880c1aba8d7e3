#include "collectors/backstage_api.h"

#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "collectors/backstage_fields.h"
#include "rules/percent_encode.h"

namespace revisitd::collectors {
namespace {

namespace json = boost::json;
namespace asio = boost::asio;

constexpr std::size_t kMostPages = 200;
constexpr std::size_t kPage = 500;
constexpr const char* kKinds =
    "filter=kind=user&filter=kind=group&filter=kind=component,spec.type=service";
constexpr const char* kFields =
    "fields=apiVersion,kind,metadata.name,metadata.namespace,metadata.annotations,metadata.labels,"
    "spec,relations";

struct JsonTree {
  static const json::value* find(const json::value* value, std::string_view key) {
    if (value == nullptr || !value->is_object()) return nullptr;
    return value->as_object().if_contains(key);
  }

  static std::string text(const json::value* value) {
    if (value == nullptr || !value->is_string()) return "";
    return std::string(std::string_view(value->as_string()));
  }

  static std::vector<std::string> texts(const json::value* value) {
    std::vector<std::string> texts;
    if (value == nullptr || !value->is_array()) return texts;
    for (const json::value& item : value->as_array()) {
      if (item.is_string()) texts.push_back(text(&item));
    }
    return texts;
  }

  static void each(const json::value* list, auto see) {
    if (list == nullptr || !list->is_array()) return;
    for (const json::value& item : list->as_array()) see(item);
  }

  static void each_text(const json::value* map, auto see) {
    if (map == nullptr || !map->is_object()) return;
    for (const auto& [key, value] : map->as_object()) {
      if (value.is_string()) see(std::string_view(key.data(), key.size()), text(&value));
    }
  }
};

// As a part of a query. Cursors are base64, and some are JSON.
std::string encoded(std::string_view text) { return rules::percent_encode(text); }

}  // namespace

Result<BackstagePage> read_backstage_page(std::string_view text) {
  boost::system::error_code error;
  const json::value page = json::parse(text, error, {}, {.max_depth = 64});
  if (error) return Error{"the catalogue's answer is no JSON: " + error.message()};
  const json::value* items = page.is_array() ? &page : JsonTree::find(&page, "items");
  if (items == nullptr || !items->is_array())
    return Error{"the catalogue's answer holds no list of entities"};
  BackstagePage read;
  read.items = items->as_array().size();
  for (const json::value& item : items->as_array()) {
    auto entity = read_backstage_fields<JsonTree>(item);
    if (!entity) continue;
    read.entities.push_back(*std::move(entity));
  }
  const json::value* info = JsonTree::find(&page, "pageInfo");
  read.next_cursor = JsonTree::text(JsonTree::find(info, "nextCursor"));
  return read;
}

asio::awaitable<Result<std::vector<BackstageEntity>>> fetch_catalogue(HttpClient& client,
                                                                      FetchRequest request) {
  using Done = Result<std::vector<BackstageEntity>>;
  std::string base = request.url;
  while (base.ends_with('/')) base.pop_back();
  base += "/api/catalog/entities";
  std::vector<BackstageEntity> all;
  bool by_cursor = true;
  std::string cursor;
  std::size_t offset = 0;
  for (std::size_t pages = 0; pages < kMostPages; ++pages) {
    FetchRequest page = request;
    if (by_cursor) {
      // What was asked for at first is part of the cursor.
      page.url = base + "/by-query?limit=" + std::to_string(kPage) + "&" +
                 (cursor.empty() ? std::string(kKinds) : "cursor=" + encoded(cursor)) + "&" +
                 kFields;
    } else {
      page.url = base + "?" + kKinds + "&" + kFields + "&offset=" + std::to_string(offset) +
                 "&limit=" + std::to_string(kPage);
    }
    const auto answer = co_await client.fetch(std::move(page));
    if (!answer) co_return Done(Error{answer.error().message});
    if (answer->status == 404 && by_cursor && pages == 0) {
      by_cursor = false;
      continue;
    }
    if (answer->status != 200)
      co_return Done(Error{"it answered " + std::to_string(answer->status)});
    auto read = read_backstage_page(answer->body);
    if (!read) co_return Done(read.error());
    for (BackstageEntity& entity : read->entities) all.push_back(std::move(entity));
    offset += read->items;
    cursor = read->next_cursor;
    const bool last = by_cursor ? cursor.empty() : read->items < kPage;
    if (last) co_return Done(std::move(all));
  }
  co_return Done(Error{"the catalogue has more than " + std::to_string(kMostPages) + " pages"});
}

}  // namespace revisitd::collectors
