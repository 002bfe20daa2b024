// Package zoom is the client of the Zoom REST API that a mirror of Zoom Phone
// users needs: it owns HTTP, OAuth, the rate budgets, retries, paging and the
// translation of Zoom's errors. It never interprets a document (bodies are
// handed on raw and exact), never decides what an error means for the mirror,
// and knows nothing of Postgres.
//
// # The one request path
//
// Every call runs through Client.send: take a token, find a connection, take a
// slot from the call's pool, send, classify the answer, and either return it, wait
// and try again, or give up. Budget, token, metrics and redaction therefore exist
// once.
//
// # Calls, labels and pools
//
//	call                                 label   pool          scope (granular)
//	GET  /phone/users                    medium  phone-medium  phone:read:list_users:admin
//	GET  /phone/users/{id}               light   phone-light   phone:read:user:admin
//	GET  /phone/users/{id}/settings      light   phone-light   phone:read:user_setting:admin
//	*    /phone/users/{id}/settings/{t}  light   phone-light   phone:write|update|delete:shared_setting:admin
//	GET  /phone/sites                    medium  phone-medium  phone:read:list_sites:admin
//	GET  /users/{id}/settings            medium  core-medium   user:read:settings:admin
//
// Zoom counts requests per label for the whole account, over all of its apps
// (https://developers.zoom.us/docs/api/rate-limits/). Labels change over time,
// so the label that Zoom sends (x-ratelimit-category) is compared with ours.
//
// # What is tried again
//
// Network faults, 5xx of any body, and answers that are cut off, are not a JSON
// object, are an error with a 200, or have none of the members that Zoom documents
// for them are tried again with growing, jittered pauses, for two minutes at most.
// A 429 pauses and slows its whole pool, which is given up after five minutes of
// nothing else; a daily limit parks it. A 401 renews the token once. Every other
// 4xx is final, and so is a redirect. A POST is sent again only after a 429 or 401,
// when Zoom has certainly not done it.
//
// # Lifetimes
//
// Access tokens live an hour, page tokens 15 minutes. An expired page token
// restarts its listing; it never ends one. A request may take 30 seconds, one for a
// token 10.
package zoom
