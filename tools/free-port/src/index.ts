export { freePort, PortTaken, untilPortsAreOurs } from './free-port.js';
