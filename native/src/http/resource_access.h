// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_HTTP_RESOURCE_ACCESS_H_
#define LATCHKEY_NATIVE_SRC_HTTP_RESOURCE_ACCESS_H_

/**
 * The one place where the access of a caller to single resources is found out: from the ACL provider, which combines its
 * grants with the roles, or without one from the roles alone. Either way core decides. The caller's access has to be
 * loaded. An error denies.
 */

#include "http/server_state.h"

namespace latchkey::native {

[[nodiscard]] result<bool> find_access_to(const server_state& state, const caller& asking, const acl_resource& resource,
                                          std::string_view action);
[[nodiscard]] result<accessible_resources> list_accessible_to(const server_state& state, const caller& asking,
                                                              std::string_view type, std::string_view action);
[[nodiscard]] result<std::vector<acl_resource>> filter_accessible_to(const server_state& state, const caller& asking,
                                                                     std::span<const acl_resource> resources,
                                                                     std::string_view action);

/** The caller as core asks about them; lives as long as they do. */
[[nodiscard]] acl_caller to_acl_caller(const caller& asking) noexcept;

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_HTTP_RESOURCE_ACCESS_H_
