#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/backstage_entity.h"
#include "collectors/http_client.h"

// The catalogue of a running Backstage: its API, page by page.
namespace revisitd::collectors {

// One page of /api/catalog/entities/by-query, or the bare list of /api/catalog/entities.
struct BackstagePage {
  std::vector<BackstageEntity> entities;
  std::size_t items = 0;    // of all kinds
  std::string next_cursor;  // "" on the last one
};
Result<BackstagePage> read_backstage_page(std::string_view json);

// Asks for everything of the three kinds: by cursor, or, where the API is too old for that (404),
// by offset. `request` holds what all questions share; its URL is that of the Backstage. At most
// 200 pages; an error when there are more, or when one of them cannot be had.
boost::asio::awaitable<Result<std::vector<BackstageEntity>>> fetch_catalogue(HttpClient& client,
                                                                             FetchRequest request);

}  // namespace revisitd::collectors
