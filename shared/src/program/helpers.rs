//! The helpers, each as its executable runs it and as hdr-bridge calls it: its options, and the function that makes headers.

#[cfg(feature = "bearer")]
mod bearer;
#[cfg(feature = "hmac")]
mod hmac;
#[cfg(feature = "jwt")]
mod jwt;
#[cfg(feature = "tenant")]
mod tenant;
#[cfg(feature = "bridge")]
mod wrapped;

#[cfg(feature = "bearer")]
pub use self::bearer::Bearer;
#[cfg(feature = "hmac")]
pub use self::hmac::Hmac;
#[cfg(feature = "jwt")]
pub use self::jwt::Jwt;
#[cfg(feature = "tenant")]
pub use self::tenant::Tenant;
