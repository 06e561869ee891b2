//! A token that is cached.

use super::{Endpoint, asking};

#[test]
fn the_first_run_asks() {
    let endpoint = Endpoint::minting();
    asking(&endpoint).run().prints(r#"{"Authorization":"Bearer token-0"}"#);
    assert_eq!(endpoint.requests().len(), 1);
}
